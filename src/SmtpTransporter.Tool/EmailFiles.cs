namespace SmtpTransport.Tool;

/// <summary>Reads and writes emails in files: <c>.eml</c> (RFC 5322) and <c>.json</c> (as in JMAP, RFC 8621).</summary>
internal static class EmailFiles
{
    /// <exception cref="UsageException">The file cannot be read, or is not a valid email.</exception>
    public static Email Read(string path)
    {
        try
        {
            return IsJson(path)
                ? Email.FromJson(TextFiles.Read(path, TextFiles.GetEncoding(null), "JSON is always UTF-8 (RFC 8259)."))
                : Email.FromMime(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <exception cref="UsageException">The file cannot be written.</exception>
    public static void Write(Email email, string path)
    {
        try
        {
            if (IsJson(path))
            {
                File.WriteAllText(path, email.ToJson());
                return;
            }
            using var stream = new MemoryStream();
            email.ToMime(stream);
            File.WriteAllBytes(path, stream.ToArray());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <exception cref="UsageException">The file does not exist.</exception>
    public static void ThrowIfMissing(string path)
    {
        if (!File.Exists(path))
            throw new UsageException($"{path}: there is no such file.");
    }

    private static bool IsJson(string path) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JSON" => true,
            ".EML" => false,
            _ => throw new UsageException($"{path}: the file name must end in .eml or .json."),
        };
}
