using SmtpTransport.Soak;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Sends many emails, of which several are on their way over one connection at once, to a server that refuses some of them and ends each of
/// its sessions at random, in all of the ways of <see cref="Wear"/>.
/// </summary>
public sealed class OverlappedSessionTests
{
    // A transporter whose server has not kept step once does not overlap any more: a new one goes on.
    private const int Rounds = 8;
    private const int EmailsInRound = 50;
    private const int Tasks = 4;
    private const int Seed = 29_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 8)]
    public async Task Each_email_is_stored_once_for_its_own_recipients_or_truthfully_unknown(bool chunking, int overlap)
    {
        var server = new WornServer(maxSessions: 2, chunking, Seed);
        var account = new WornAccount();
        var early = 0;
        await using (server)
        {
            for (var round = 0; round < Rounds; round++)
                early += await SendRoundAsync(server, account, overlap, round * EmailsInRound);
        }
        account.Compare(server.TakeCopies(), server, Rounds * EmailsInRound, overlaps: true);

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{server.Accepted} sessions; {account.Results.All} results, {account.Results.Postponed} of them to be sent again; "
            + $"{account.Unknown} recipients in doubt; {early} rounds without a warning.");
        Assert.True(account.Problems.Count == 0, $"{account.Problems.Count} problems:\n{string.Join('\n', account.Problems.Take(20))}");
        Assert.InRange(account.Results.Postponed, 0, Rounds * EmailsInRound / 10);
    }

    /// <returns>1 if the emails were overlapped to the end.</returns>
    private static async Task<int> SendRoundAsync(WornServer server, WornAccount account, int overlap, int first)
    {
        await using var transporter = new SmtpTransporter(new ServerOptions
        {
            Host = "127.0.0.1",
            Port = server.Port,
            AcceptUnsecureConnection = true,
            MaxConnections = 1,
            Overlap = overlap,
        });
        var last = first;
        var warnings = 0;
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => SendAsync(async: task % 2 == 0)));
        return warnings == 0 ? 1 : 0;

        Task SendAsync(bool async) => Task.Factory.StartNew(
            async () =>
            {
                while (Interlocked.Increment(ref last) is var number && number <= first + EmailsInRound)
                {
                    for (var email = NewEmail(number); email is not null;)
                    {
                        var result = async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);
                        Interlocked.Add(ref warnings, result.Warnings.Count);
                        email = account.Record(number, result);
                    }
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    private static Email NewEmail(int number)
    {
        var recipients = 1 + number % 3;
        return SoakEmail.Create(number, recipients, lines: 1 + number % 7, refused: number % 10 == 0 ? 1 + number / 10 % recipients : 0);
    }
}
