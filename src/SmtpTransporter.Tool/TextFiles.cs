using System.Text;

namespace SmtpTransport.Tool;

/// <summary>Reads text files in UTF-8 or another encoding, and refuses one that is in none of them instead of losing characters.</summary>
internal static class TextFiles
{
    // What stands for bytes that are not valid. It is no character, so no text has it.
    private const char Invalid = '\uFFFF';

    private const int ExcerptLength = 20;

    /// <exception cref="UsageException">There is no encoding of this name.</exception>
    public static Encoding GetEncoding(string? name)
    {
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
        try
        {
            var file = File.OpenRead(path);
            if (file.CanSeek)
                return file;
            using (file)
            {
                var content = new MemoryStream();
                file.CopyTo(content);
                content.Position = 0;
                return content;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>Reads to the end, and returns to the beginning.</summary>
    /// <exception cref="UsageException">A line is not valid in the encoding. The message names it.</exception>
    public static void ThrowIfInvalid(Stream content, string path, Encoding encoding, string remedy)
    {
        using (var reader = new StreamReader(content, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true))
        {
            for (var number = 1; reader.ReadLine() is { } line; number++)
            {
                var at = line.IndexOf(Invalid, StringComparison.Ordinal);
                if (at < 0)
                    continue;
                var before = line[Math.Max(0, at - ExcerptLength)..at];
                throw new UsageException(
                    $"{path}: line {number} is not valid {encoding.WebName}"
                    + (before.Length > 0 ? $", after \"{before}\". " : ". ") + remedy);
            }
        }
        content.Position = 0;
    }
}
