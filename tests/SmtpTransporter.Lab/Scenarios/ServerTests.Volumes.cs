namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    private const int Many = 200;

    [Fact]
    public async Task Three_tasks_send_200_emails()
    {
        await using var transporter = new SmtpTransporter(Options);
        var emails = NewEmails("By three tasks");
        var next = -1;

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < Many;)
                AssertAccepted(await SendAsync(transporter, emails[i]));
        })));
    }

    [Fact]
    public async Task The_servers_limit_of_connections_hinders_no_email()
    {
        // At its limit, Sendmail closes its port for 15 seconds.
        await using var transporter = new SmtpTransporter(
            Options with { MaxConnections = 3, ConnectionTimeout = TimeSpan.FromSeconds(40) });
        if (Server.LimitsConnections)
            await lab.DoAsync("limit");
        try
        {
            await foreach (var (_, result) in transporter.SendManyAsync(NewEmails("Limited"), cancellationToken: Cancellation))
            {
                _ledger.Add(result);
                AssertAccepted(result);
            }
        }
        finally
        {
            if (Server.LimitsConnections)
                await lab.DoAsync("reset");
        }
    }

    private List<Email> NewEmails(string subject) =>
        [.. Enumerable.Range(0, Many).Select(i => NewEmail(subject, $"u{(i % 50) + 1}@ok.test"))];
}
