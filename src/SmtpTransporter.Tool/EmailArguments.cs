namespace SmtpTransport.Tool;

/// <summary>An email in the arguments of the command line. Immutable.</summary>
internal sealed record EmailArguments(string? From, string[] To, string? Subject, string? Text, string? Html, string[] Attachments)
{
    public bool IsGiven => To.Length > 0 || Subject is not null || Text is not null || Html is not null || Attachments.Length > 0;

    /// <exception cref="UsageException">A file does not exist, or there is no sender.</exception>
    public Email ToEmail(ServerOptions options)
    {
        var email = new Email
        {
            From = From ?? GetDefaultSender(options),
            To = string.Join(", ", To),
            Subject = Subject,
            TextBody = Text == "-" ? Console.In.ReadToEnd() : Text,
        };
        if (Html is not null)
        {
            email.HtmlBody = TextFiles.Read(Html, TextFiles.GetEncoding(null), "Save the file as UTF-8.");
            EmbedImages(email, Html);
            if (email.TextBody is null)
                email.GenerateTextBody();
        }
        foreach (var path in Attachments)
        {
            TextFiles.ThrowIfMissing(path);
            email.Attachments.Add(MailAttachment.FromFile(path));
        }
        return email;
    }

    /// <summary>Reads emails from files; with <see cref="From"/>, they get it as their sender.</summary>
    /// <exception cref="UsageException">A file cannot be read, or is not a valid email.</exception>
    public IReadOnlyList<Email> ReadEmails(IReadOnlyList<string> paths) => [.. paths.Select(path =>
    {
        var email = EmailFiles.Read(path);
        if (From is not null)
            email.From = From;
        return email;
    })];

    private static void EmbedImages(Email email, string path)
    {
        try
        {
            email.EmbedImages(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception exception) when (exception is FormatException or IOException)
        {
            throw new UsageException($"{path}: {exception.Message}", exception);
        }
    }

    public static string GetDefaultSender(ServerOptions options)
    {
        if (options.User?.Contains('@', StringComparison.Ordinal) == true)
            return options.User;
        return Server.IsLoopback(options.Host)
            ? "smtp-transporter@localhost"
            : throw new UsageException("No sender. Set --from.");
    }
}
