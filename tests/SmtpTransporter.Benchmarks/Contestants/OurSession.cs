namespace SmtpTransport.Benchmarks;

internal sealed class OurSession(Target target, bool async, int overlap = 0) : IClientSession
{
    private readonly MailContent _content = MailContent.Of(target.Size);
    private readonly SmtpTransporter _transporter = new(Options(target) with { Overlap = overlap });

    public bool KeepsConnections => true;

    // Those whose emails are on their way, one that prepares its email, and one that waits.
    public int LanesPerConnection => overlap == 0 ? 1 : overlap + 2;

    public async ValueTask SendAsync(int lane)
    {
        var email = NewMail(_content);
#pragma warning disable CA1849 // Synchronous on purpose.
        var result = async ? await _transporter.SendAsync(email) : _transporter.Send(email);
#pragma warning restore CA1849
        result.EnsureSuccess();
    }

    public ValueTask DisposeAsync() => _transporter.DisposeAsync();

    public static ServerOptions Options(Target target) => new()
    {
        Host = target.Host,
        Port = target.Port,
        ImplicitTls = false,
        AcceptUnsecureConnection = !target.Tls,
        MaxConnections = target.Connections,
    };

    public static Email NewMail(MailContent content)
    {
        var email = new Email
        {
            From = MailContent.From,
            To = MailContent.To,
            Subject = MailContent.Subject,
            TextBody = content.Text,
            HtmlBody = content.Html,
        };
        if (content.Attachment is not null)
            email.Attachments.Add(MailAttachment.FromBytes(content.Attachment, MailContent.AttachmentName));
        return email;
    }
}
