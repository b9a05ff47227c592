using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// The base class of tests with emails that are on their way over one connection at once. The order of things is certain: the server holds
/// the first email until the others wait.
/// </summary>
public abstract class OverlapTest : SocketTest
{
    private protected static readonly string[] Names = ["a", "b", "c", "d"];

    public static TheoryData<bool, bool> ChunkingAndAsync => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    private protected static SmtpTestServer StartServer(bool chunking) => SmtpTestServer.Start(new() { Chunking = chunking });

    private protected static SmtpTransporter NewTransporter(
        SmtpTestServer server, Func<ServerOptions, ServerOptions>? change = null, TimeProvider? time = null)
    {
        var options = server.ToServerOptions() with { MaxConnections = 1, Overlap = 4 };
        return new SmtpTransporter(change?.Invoke(options) ?? options, null, time ?? TimeProvider.System, new SystemResolver());
    }

    private protected static Email NewNamed(string name) => new()
    {
        From = $"{name}@example.com",
        To = $"{name}@example.org",
        MessageId = $"{name}@example.com",
        Subject = name,
        TextBody = $"{name}\r\n.\r\n",
    };

    /// <summary>
    /// Sends an email over a connection that is then open, and emails of which the first is on its way while the others wait.
    /// </summary>
    /// <returns>The results, in the order of the emails.</returns>
    private protected static Task<SendResult[]> SendTogetherAsync(
        SmtpTestServer server, SmtpTransporter transporter, bool async, IReadOnlyList<Email> emails,
        Func<IReadOnlyList<Task>, Task>? meanwhile = null, (int Index, CancellationToken Token)? canceled = null, int? ready = null) =>
        SendTogetherAsync(
            server, transporter,
            [.. emails.Select((email, index) => (Func<Task<SendResult>>)(() =>
                SendAsync(transporter, async, email, canceled?.Index == index ? canceled?.Token : null)))],
            meanwhile, ready);

    /// <param name="server">The server.</param>
    /// <param name="transporter">Its transporter.</param>
    /// <param name="calls">What sends the emails; the first has the name "a".</param>
    /// <param name="meanwhile">What happens before the results are awaited.</param>
    /// <param name="ready">How many of those who wait may go before their turn; null for all.</param>
    private protected static async Task<SendResult[]> SendTogetherAsync(
        SmtpTestServer server, SmtpTransporter transporter, IReadOnlyList<Func<Task<SendResult>>> calls,
        Func<IReadOnlyList<Task>, Task>? meanwhile = null, int? ready = null)
    {
        // An email that waits goes before its turn only in a form that is known from a connection before.
        AssertAccepted(await SendAsync(transporter, async: true, NewNamed("first")));
        var gate = new TaskCompletionSource();
        // With DATA, the end of the first and what follows it go after the reply to its MAIL; with BDAT it is alone on its way.
        var held = server.Script.On(SmtpStep.MailFrom, "a@example.com").Times(1).WaitFor(gate.Task);
        var sends = new List<Task<SendResult>> { calls[0]() };
        await held.Reached.WaitAsync(Cancellation);
        foreach (var call in calls.Skip(1))
        {
            var count = sends.Count;
            sends.Add(call());
            Assert.True(SpinWait.SpinUntil(() => transporter.Pool.Waiting == count, TimeSpan.FromSeconds(30)));
        }
        var early = ready ?? calls.Count - 1;
        Assert.True(SpinWait.SpinUntil(() => transporter.Pool.Ready == early, TimeSpan.FromSeconds(30)));
        gate.SetResult();
        if (meanwhile is not null)
            await meanwhile(sends);
        return await Task.WhenAll(sends.Select(ResultOf));
    }

    private static async Task<SendResult> ResultOf(Task<SendResult> send)
    {
        try
        {
            return await send;
        }
        catch (SendCanceledException exception)
        {
            return exception.Result;
        }
    }

    /// <summary>Asserts that the server has each of these emails once, under its own sender and for its own recipient.</summary>
    private protected static void AssertStored(SmtpTestServer server, params string[] names)
    {
        Assert.Equal(names.Order(), server.Messages.Select(m => m.Message.Subject).Where(s => s != "first").Order());
        Assert.All(server.Messages, m => Assert.Equal(
            ($"{m.Message.Subject}@example.com", $"{m.Message.Subject}@example.org"), (m.Sender, Assert.Single(m.Recipients))));
        Assert.All(server.Messages, m => Assert.Equal($"{m.Message.Subject}\r\n.\r\n", Text(m)));
    }

    private protected static FakeTimeProvider NewTime() => new(DateTimeOffset.UtcNow);
}
