using System.Collections.Concurrent;
using System.Globalization;

namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    // In a thorough run: LAB_OVERLAPPED=2000 lab quick -method '*follow_one_another*'
    private static readonly int Overlapped =
        int.Parse(Environment.GetEnvironmentVariable("LAB_OVERLAPPED") ?? "100", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Four_tasks_send_emails_that_follow_one_another_and_every_tenth_is_refused()
    {
        var options = Options with { MaxConnections = 2, Overlap = Server.MixesOverlapped ? 0 : 4 };
        var sent = new ConcurrentDictionary<string, string>();
        var results = new ConcurrentBag<SendResult>();
        var next = -1;
        await using (var transporter = new SmtpTransporter(options))
        {
            // What the server offers is known when the others begin.
            AssertAccepted(await SendAsync(transporter, "Before the others", "u1@ok.test"));
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < Overlapped;)
                {
                    var email = NewOverlapped(i);
                    sent[email.MessageId!] = email.From!.Single().Email;
                    results.Add(await SendAsync(transporter, email));
                }
            })));
        }
        await _ledger.CloseAsync();

        var unknown = results.Count(r => r.Outcome == Outcome.Unknown);
        var warnings = results.Sum(r => r.Warnings.Count);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{Server}: {string.Join(", ", results.CountBy(r => r.Outcome))}; {warnings} warnings that the server did not keep step");
        // A server that does not keep step costs what is on its way at that moment over two connections.
        Assert.True(warnings <= 1, $"{warnings} warnings");
        Assert.InRange(unknown, 0, warnings == 0 ? 0 : 2 * options.Overlap);
        Assert.All(results, r => Assert.True(r.Outcome is not (Outcome.NotSent or Outcome.PartiallyAccepted), Describe(r)));
        if (!Server.KeepsSenders)
            return;
        var copies = await _ledger.CopiesAsync();
        foreach (var result in results.Where(r => r.Success))
        {
            foreach (var copy in copies[result.MessageId])
                Assert.Equal(sent[result.MessageId], copy.Sender.Trim('<', '>'), ignoreCase: true);
        }
    }

    /// <summary>Each has a sender of its own; every tenth is refused, in turn at MAIL, at RCPT and at its end.</summary>
    private Email NewOverlapped(int number)
    {
        var refused = number % 10 == 5 ? number / 10 % 3 : -1;
        var email = NewEmail(
            refused == 2 && Server.RefusesContent ? "CONTENT-REFUSED" : "Overlapped",
            refused == 1 ? Refused(1) : $"u{(number % 50) + 1}@ok.test");
        email.From = refused == 0 && Server.RefusesSenders ? "bad@client.test" : $"s{number}@client.test";
        return email;
    }
}
