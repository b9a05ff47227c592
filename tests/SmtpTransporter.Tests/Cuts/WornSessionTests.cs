using SmtpTransport.Soak;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Sends many emails to a server that ends each of its sessions at random: by 421 in place of a reply or behind it, by closing, by RST,
/// after some messages or errors, with 503 or 451 on a connection that had worked; and it takes fewer connections than the client would
/// open.
/// </summary>
public sealed class WornSessionTests
{
    private const int Emails = 1500;
    private const int Seed = 20_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_of_many_emails_is_delivered_once_or_truthfully_unknown(bool chunking)
    {
        var server = new WornServer(maxSessions: 2, chunking, Seed);
        var account = new WornAccount();
        await using (server)
        {
            await using var transporter = new SmtpTransporter(new ServerOptions
            {
                Host = "127.0.0.1",
                Port = server.Port,
                AcceptUnsecureConnection = true,
                MaxConnections = 3,
            });
            var last = 0;
            await Task.WhenAll(SendManyAsync(), SendOneByOneAsync(async: true), SendOneByOneAsync(async: false));

            Task SendOneByOneAsync(bool async) => Task.Factory.StartNew(
                async () =>
                {
                    while (Interlocked.Increment(ref last) is var number && number <= Emails / 2)
                    {
                        for (var email = NewEmail(number); email is not null;)
                        {
                            var result = async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);
                            email = account.Record(number, result);
                        }
                    }
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();

            async Task SendManyAsync()
            {
                var open = Enumerable.Range(1 + Emails / 2, Emails / 2).Select(NewEmail).ToList();
                while (open.Count > 0)
                {
                    var rest = new List<Email>();
                    await foreach (var (index, result) in transporter.SendManyAsync(open, cancellationToken: Cancellation))
                    {
                        if (account.Record(SoakEmail.ParseNumber(open[(int)index].MessageId!), result) is { } again)
                            rest.Add(again);
                    }
                    open = rest;
                }
            }
        }
        account.Compare(server.TakeCopies(), server, Emails);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{server.Accepted} sessions; {account.Results.All} results, {account.Results.Postponed} of them to be sent again; "
            + $"{account.Unknown} recipients in doubt.");
        Assert.True(account.Problems.Count == 0, $"{account.Problems.Count} problems:\n{string.Join('\n', account.Problems.Take(20))}");
        // Almost all of them are sent once more by the transporter itself, without the caller.
        Assert.InRange(account.Results.Postponed, 0, Emails / 20);
        Assert.InRange(server.Accepted, Emails / 20, int.MaxValue);
    }

    private static Email NewEmail(int number)
    {
        var recipients = 1 + number % 3;
        return SoakEmail.Create(number, recipients, lines: 1 + number % 7, refused: number % 5 == 0 ? 1 + number % recipients : 0);
    }
}
