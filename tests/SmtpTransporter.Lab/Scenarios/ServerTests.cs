namespace SmtpTransport.Lab;

/// <summary>What each server is put through. After each test, the server's store must be what the results say.</summary>
/// <remarks>Where a server cannot refuse something, the test expects that it takes it: <see cref="LabServer"/> says so.</remarks>
public abstract partial class ServerTests(ILab lab) : IAsyncLifetime
{
    private readonly Ledger _ledger = new(lab);
    private int _emails;

    private LabServer Server => lab.Server;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected ILab Lab => lab;

    private protected ServerOptions Options => new()
    {
        Host = "127.0.0.1",
        Port = Server.Port,
        AcceptUnsecureConnection = !Server.HasTls,
        TrustedCertificates = [lab.Certificate],
        User = Server.Mechanisms.Count > 0 ? Server.User : null,
        Password = Server.Mechanisms.Count > 0 ? "secret" : null,
        LocalDomain = "client.test",
        // A server that serves one connection at a time leaves the others without a greeting: then there is time to wait for that one.
        ConnectionTimeout = TimeSpan.FromSeconds(15),
        SendTimeout = TimeSpan.FromSeconds(60),
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result != TestResult.Failed && !_ledger.IsEmpty)
            await _ledger.CloseAsync();
    }

    /// <summary>Addresses of mailboxes that the server has.</summary>
    private static string[] Good(int count) => [.. Enumerable.Range(1, count).Select(i => $"u{i}@ok.test")];

    /// <summary>The address of a mailbox that the server refuses, if it refuses any.</summary>
    private string Refused(int number) => $"refused{number}@{Server.RefusedDomain ?? "ok.test"}";

    private protected Email NewEmail(string subject, params string[] to) => new()
    {
        From = "Sender <s@client.test>",
        To = [.. to.Select(address => new EmailAddress(address))],
        Subject = subject,
        TextBody = "The first line\n.a line with a dot\n..and with two\n",
        MessageId = $"{Server.Name}.{Interlocked.Increment(ref _emails)}.{Guid.NewGuid():N}@client.test",
    };

    private async Task<SendResult> SendAsync(SmtpTransporter transporter, Email email)
    {
        var result = await transporter.SendAsync(email, Cancellation);
        _ledger.Add(result);
        return result;
    }

    private async Task<SendResult> SendAsync(SmtpTransporter transporter, string subject, params string[] to) =>
        await SendAsync(transporter, NewEmail(subject, to));

    /// <summary>A connection is good for the next email whatever became of the last one.</summary>
    private async Task SendOneMoreAsync(SmtpTransporter transporter) =>
        AssertAccepted(await SendAsync(transporter, "One more", "u7@ok.test"));

    private protected void AssertAccepted(SendResult result) => AssertOutcome(Outcome.Accepted, result);

    private protected void AssertOutcome(Outcome expected, SendResult result) =>
        Assert.True(expected == result.Outcome, $"{expected} was expected.\n{Describe(result)}");

    private string Describe(SendResult result)
    {
        var states = result.Recipients.CountBy(r => (r.State, r.Status, r.StatusText)).Take(8);
        return $"{Server}: {result}\n{string.Join('\n', states)}\n{string.Join('\n', result.Errors)}\n{lab.Report()}";
    }
}
