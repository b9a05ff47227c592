namespace SmtpTransport.Tool;

/// <summary>Mails in files: <c>.eml</c> (RFC 5322) and <c>.json</c> (JMAP's shape).</summary>
internal static class EmailFiles
{
    /// <exception cref="UsageException">It cannot be read, or is no mail.</exception>
    public static Email Read(string path)
    {
        try
        {
            return IsJson(path) ? Email.FromJson(File.ReadAllText(path)) : Email.FromMime(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    /// <exception cref="UsageException">It cannot be written.</exception>
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

    private static bool IsJson(string path) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".JSON" => true,
            ".EML" => false,
            _ => throw new UsageException($"{path}: its name must end in .eml or .json."),
        };
}
