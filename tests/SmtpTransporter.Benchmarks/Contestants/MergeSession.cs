namespace SmtpTransport.Benchmarks;

/// <summary>Sends the emails of one merge: the same content to many recipients.</summary>
internal sealed class MergeSession : IClientSession
{
    private readonly SmtpTransporter _transporter;
    private readonly IEnumerator<Email> _emails;

    public MergeSession(Target target)
    {
        _transporter = new(OurSession.Options(target));
        var template = OurSession.NewMail(MailContent.Of(target.Size));
        _emails = template.Merge(Everybody(), (email, address) => email.To = address).GetEnumerator();
    }

    public bool KeepsConnections => true;

    public async ValueTask SendAsync(int lane)
    {
        Email email;
        lock (_emails)
        {
            _emails.MoveNext();
            email = _emails.Current;
        }
        var result = await _transporter.SendAsync(email);
        result.EnsureSuccess();
    }

    public ValueTask DisposeAsync()
    {
        _emails.Dispose();
        return _transporter.DisposeAsync();
    }

    private static IEnumerable<EmailAddress> Everybody()
    {
        var address = new EmailAddress(MailContent.To);
        while (true)
            yield return address;
    }
}
