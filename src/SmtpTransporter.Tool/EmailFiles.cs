namespace SmtpTransport.Tool;

/// <summary>Reads and writes emails in files: <c>.eml</c> (RFC 5322) and <c>.json</c> (as in JMAP, RFC 8621).</summary>
internal static class EmailFiles
{
    /// <exception cref="UsageException">The file cannot be read, or is not a valid email.</exception>
    public static Email Read(string path)
    {
        var isJson = IsJson(path);
        TextFiles.ThrowIfMissing(path);
        try
        {
            return isJson
                ? Email.FromJson(TextFiles.Read(path, TextFiles.GetEncoding(null), "JSON is always UTF-8 (RFC 8259)."))
                : File.ReadAllBytes(path) is { Length: > 0 } bytes
                    ? Email.FromMime(bytes)
                    : throw new FormatException("the file is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <param name="email">The email.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="force">Whether the file may exist, and is replaced.</param>
    /// <exception cref="UsageException">The file cannot be written, or exists.</exception>
    public static void Write(Email email, string path, bool force)
    {
        var isJson = IsJson(path);
        if (Directory.Exists(path))
            throw new UsageException($"{path}: this is a folder, not a file.");
        try
        {
            using var content = new MemoryStream();
            if (isJson)
                content.Write(System.Text.Encoding.UTF8.GetBytes(email.ToJson()));
            else
                email.ToMime(content);
            using var file = new FileStream(path, force ? FileMode.Create : FileMode.CreateNew, FileAccess.Write);
            content.WriteTo(file);
        }
        catch (IOException) when (!force && File.Exists(path))
        {
            throw new UsageException($"{path}: the file exists. Name another one, or give --force to replace it.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    private static bool IsJson(string path) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JSON" => true,
            ".EML" => false,
            _ => throw new UsageException($"{path}: the file name must end in .eml or .json."),
        };
}
