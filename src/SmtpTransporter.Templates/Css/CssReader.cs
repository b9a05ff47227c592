using System.Text;

namespace SmtpTransport.Templates;

/// <summary>Finds the pieces of CSS, and is not misled by what is in strings, brackets and <c>url()</c> (CSS Syntax, section 4).</summary>
internal static class CssReader
{
    /// <returns>The position of the first of some characters outside of strings and brackets; the text's length if there is none.</returns>
    public static int Find(string css, int start, ReadOnlySpan<char> wanted)
    {
        var position = start;
        while (position < css.Length && !wanted.Contains(css[position]))
            position = Next(css, position);
        return Math.Min(position, css.Length);
    }

    /// <summary>The pieces between separators that are in no string or bracket.</summary>
    public static IEnumerable<string> Split(string css, char separator)
    {
        for (var start = 0; start <= css.Length;)
        {
            var end = Find(css, start, [separator]);
            yield return css[start..end].Trim();
            start = end + 1;
        }
    }

    /// <returns>The position of the brace that closes a block.</returns>
    public static int FindClose(string css, int open)
    {
        var depth = 0;
        for (var position = open; position < css.Length; position = Next(css, position))
        {
            if (css[position] == '{')
                depth++;
            else if (css[position] == '}' && --depth == 0)
                return position;
        }
        return css.Length;
    }

    /// <summary>Removes the comments, and the marks of HTML comments that old style sheets have around them.</summary>
    public static string WithoutComments(string css)
    {
        var result = new StringBuilder(css.Length);
        for (var position = 0; position < css.Length;)
        {
            var rest = css.AsSpan(position);
            if (rest.StartsWith("/*", StringComparison.Ordinal))
                position = css.IndexOf("*/", position + 2, StringComparison.Ordinal) is var end and >= 0 ? end + 2 : css.Length;
            else if (rest.StartsWith("<!--", StringComparison.Ordinal))
                position += 4;
            else if (rest.StartsWith("-->", StringComparison.Ordinal))
                position += 3;
            else
            {
                var next = Next(css, position);
                result.Append(css, position, next - position);
                position = next;
            }
        }
        return result.ToString();
    }

    private static int Next(string css, int position) => css[position] switch
    {
        '\\' => Math.Min(position + 2, css.Length),
        '"' or '\'' => AfterString(css, position),
        '(' when IsBareUrl(css, position) => AfterUrl(css, position),
        '(' => AfterBracket(css, position, ')'),
        '[' => AfterBracket(css, position, ']'),
        _ => position + 1,
    };

    private static int AfterString(string css, int quote)
    {
        for (var i = quote + 1; i < css.Length; i++)
        {
            if (css[i] == '\\')
                i++;
            else if (css[i] == css[quote])
                return i + 1;
        }
        return css.Length;
    }

    /// <summary>What follows is the address itself, such as <c>data:image/png;base64,…</c>, in which ";" is a character.</summary>
    private static bool IsBareUrl(string css, int bracket)
    {
        if (bracket < 3 || !css.AsSpan(bracket - 3, 3).Equals("url", StringComparison.OrdinalIgnoreCase))
            return false;
        var first = css.AsSpan(bracket + 1).TrimStart();
        return first.Length > 0 && first[0] is not ('"' or '\'');
    }

    private static int AfterUrl(string css, int bracket)
    {
        for (var i = bracket + 1; i < css.Length; i++)
        {
            if (css[i] == '\\')
                i++;
            else if (css[i] == ')')
                return i + 1;
        }
        return css.Length;
    }

    private static int AfterBracket(string css, int open, char close)
    {
        var position = open + 1;
        while (position < css.Length && css[position] != close)
            position = Next(css, position);
        return Math.Min(position + 1, css.Length);
    }
}
