using System.Text;

namespace SmtpTransport.Tool;

/// <summary>Reads text files in UTF-8 or another encoding, and refuses one that is in none of them instead of losing characters.</summary>
internal static class TextFiles
{
    /// <summary>The path that stands for the standard input.</summary>
    public const string StandardInput = "-";

    // What stands for bytes that are not valid. It is no character, so no text has it.
    private const char Invalid = '\uFFFF';

    private const int ExcerptLength = 20;

    /// <exception cref="UsageException">There is no encoding of this name.</exception>
    public static Encoding GetEncoding(string? name)
    {
        TextCharset.RegisterCodePages();
        try
        {
            var fallback = new DecoderReplacementFallback(Invalid.ToString());
            return Encoding.GetEncoding(name ?? "utf-8", EncoderFallback.ExceptionFallback, fallback);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException($"\"{name}\" is not a known encoding. Give one such as utf-8, windows-1252 or shift_jis.", exception);
        }
    }

    /// <exception cref="UsageException">The file cannot be read, or a line is not valid in the encoding.</exception>
    public static string Read(string path, Encoding encoding, string remedy)
    {
        using var content = Open(path);
        ThrowIfInvalid(content, path, encoding, remedy);
        using var reader = new StreamReader(content, encoding);
        return reader.ReadToEnd();
    }

    /// <summary>Opens a file, or holds what a pipe supplies in memory, so that it can be read twice.</summary>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static Stream Open(string path)
    {
        ThrowIfMissing(path);
        try
        {
            var file = File.OpenRead(path);
            return file.CanSeek ? file : Hold(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a stream to its end into memory, and closes it.</summary>
    public static Stream Hold(Stream stream)
    {
        using (stream)
        {
            var content = new MemoryStream();
            stream.CopyTo(content);
            content.Position = 0;
            return content;
        }
    }

    /// <exception cref="UsageException">The file does not exist, or is a folder.</exception>
    public static void ThrowIfMissing(string path)
    {
        if (Directory.Exists(path))
            throw new UsageException($"{path}: this is a folder, not a file.");
        if (!File.Exists(path))
            throw new UsageException($"{path}: there is no such file.");
    }

    /// <summary>Whether the content has characters beyond ASCII, all of them in UTF-8: text in another encoding hardly ever has.</summary>
    public static bool IsUtf8(Stream content)
    {
        content.Position = 0;
        using var reader = new StreamReader(content, GetEncoding(null), detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var buffer = new char[16 * 1024];
        var isAscii = true;
        for (int count; (count = reader.Read(buffer)) > 0;)
        {
            var text = buffer.AsSpan(0, count);
            if (text.Contains(Invalid))
                return false;
            isAscii &= Ascii.IsValid(text);
        }
        return !isAscii;
    }

    /// <returns>Null if all characters of the line are valid; otherwise what is before the first one that is not, for an error.</returns>
    public static string? InvalidIn(string line)
    {
        var at = line.IndexOf(Invalid, StringComparison.Ordinal);
        return at < 0 ? null : line[Math.Max(0, at - ExcerptLength)..at];
    }

    /// <summary>Such as <c>is not valid utf-8, after "J". Save it as UTF-8.</c></summary>
    public static string Describe(Encoding encoding, string before, string remedy) =>
        $"is not valid {encoding.WebName}" + (before.Length > 0 ? $", after \"{before}\". " : ". ") + remedy;

    /// <summary>Reads to the end, and returns to the beginning.</summary>
    /// <exception cref="UsageException">A line is not valid in the encoding. The message names it.</exception>
    private static void ThrowIfInvalid(Stream content, string path, Encoding encoding, string remedy)
    {
        using (var reader = new StreamReader(content, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true))
        {
            for (var number = 1; reader.ReadLine() is { } line; number++)
            {
                if (InvalidIn(line) is { } before)
                    throw new UsageException($"{path}: line {number} {Describe(encoding, before, remedy)}");
            }
        }
        content.Position = 0;
    }
}
