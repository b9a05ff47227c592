namespace SmtpTransport.Benchmarks;

/// <summary>The mails of one merge: the same to many.</summary>
internal sealed class MergeSession : IClientSession
{
    private readonly SmtpTransporter _transporter;
    private readonly IEnumerator<Email> _mails;

    public MergeSession(Target target)
    {
        _transporter = new(OurSession.Options(target));
        _mails = OurSession.NewMail(MailContent.Of(target.Size)).Merge(Everybody(), (email, address) => email.To = address).GetEnumerator();
    }

    public bool KeepsConnections => true;

    public async ValueTask SendAsync(int lane)
    {
        Email email;
        lock (_mails)
        {
            _mails.MoveNext();
            email = _mails.Current;
        }
        var result = await _transporter.SendAsync(email);
        result.EnsureSuccess();
    }

    public ValueTask DisposeAsync()
    {
        _mails.Dispose();
        return _transporter.DisposeAsync();
    }

    private static IEnumerable<EmailAddress> Everybody()
    {
        var address = new EmailAddress(MailContent.To);
        while (true)
            yield return address;
    }
}
