using System.Net.Mail;

namespace SmtpTransport.Benchmarks;

internal sealed class SystemNetMailSession(Target target) : IClientSession
{
    private readonly MailContent _content = MailContent.Of(target.Size);
    private readonly SmtpClient[] _clients = [
        .. Enumerable.Range(0, target.Connections).Select(_ => new SmtpClient(target.Host, target.Port) { EnableSsl = target.Tls })];

    public bool KeepsConnections => true;

    public async ValueTask SendAsync(int lane)
    {
        using var email = new MailMessage(MailContent.From, MailContent.To, MailContent.Subject, _content.Text);
        if (_content.Html is not null)
            email.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(_content.Html, null, "text/html"));
        if (_content.Attachment is not null)
            email.Attachments.Add(new Attachment(new MemoryStream(_content.Attachment), MailContent.AttachmentName));
        await _clients[lane].SendMailAsync(email);
    }

    public ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        return ValueTask.CompletedTask;
    }
}
