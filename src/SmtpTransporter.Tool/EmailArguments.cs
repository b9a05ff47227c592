namespace SmtpTransport.Tool;

/// <summary>A mail from arguments.</summary>
internal sealed record EmailArguments(string? From, string[] To, string? Subject, string? Text, string? Html, string[] Attachments)
{
    public bool IsGiven => To.Length > 0 || Subject is not null || Text is not null || Html is not null || Attachments.Length > 0;

    /// <exception cref="UsageException">A file is not there, or there is no sender.</exception>
    public Email Mail(ServerOptions options)
    {
        var sender = From ?? (options.User?.Contains('@', StringComparison.Ordinal) == true ? options.User : null)
            ?? (Server.IsLoopback(options.Host) ? "smtp-transporter@localhost" : throw new UsageException("No sender: give --from."));
        var email = new Email { From = sender, To = string.Join(", ", To), Subject = Subject, TextBody = Text == "-" ? Console.In.ReadToEnd() : Text };
        if (Html is not null)
        {
            if (!File.Exists(Html))
                throw new UsageException($"{Html}: there is no such file.");
            email.HtmlBody = File.ReadAllText(Html);
            email.EmbedImages(Path.GetDirectoryName(Path.GetFullPath(Html))!);
            if (email.TextBody is null)
                email.GenerateTextBody();
        }
        foreach (var path in Attachments)
        {
            if (!File.Exists(path))
                throw new UsageException($"{path}: there is no such file.");
            email.Attachments.Add(MailAttachment.FromFile(path));
        }
        return email;
    }
}
