using System.Globalization;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>A server, a network that cuts, and a client for each run. One run at a time.</summary>
internal sealed class CutLab : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();

    // Longer than the wait for the first reply of a connection that was idle, and shorter than any other limit.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(11);

    private readonly CutScenario _scenario;
    private readonly SmtpTestServer _server;
    private readonly CutRelay _relay;
    private readonly ServerOptions _options;
    private int? _mailAt;

    public CutLab(CutScenario scenario)
    {
        _scenario = scenario;
        _server = scenario.StartServer();
        _relay = new CutRelay(_server.Port);
        _options = _server.ToServerOptions() with
        {
            Host = "127.0.0.1",
            Port = _relay.Port,
            AuthenticationMode = scenario.Login ?? AuthenticationMode.Auto,
            ConnectionTimeout = TimeSpan.FromMinutes(10),
            SendTimeout = TimeSpan.FromHours(1),
        };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    public async Task<CutFacts> RunAsync(bool async, Cut? cut, bool singleOctets = false)
    {
        _server.Clear();
        var time = new FakeTimeProvider(Start);
        var wires = new List<ClientWire>();
        var before = (Lines: 0, Sent: 0, Read: 0);
        wires.Add(new ClientWire(() => WaitInVain(time, () => PlainOctets.Count(wires[0].Read) > before.Lines)));
        var opened = 0;
        _relay.Begin(_scenario.Before == CutUse.None ? cut : null, wires[0].NothingAfter);
        SendResult result;
        byte[] written;
        byte[] read;
        int inUse;
        using (var transporter = new SmtpTransporter(_options, NewClient, time, new SystemResolver()))
        {
            if (_scenario.Before != CutUse.None)
            {
                var first = _scenario.Before == CutUse.Refusal ? "nobody@example.org" : "first@example.org";
                await SendAsync(transporter, async, NewEmail(first));
                before = (PlainOctets.Count(wires[0].Read), wires[0].Written.Length, wires[0].Read.Length);
                _server.TakeMessages();
                if (_scenario.Before == CutUse.BeforePause)
                    time.Advance(Pause);
                _relay.CutOpen(cut);
            }
            result = await SendAsync(transporter, async, NewEmail(
                string.Join(", ", Enumerable.Range(0, _scenario.Recipients).Select(i => $"r{i}@example.org"))));
            (written, read, inUse) = (wires[0].Written, wires[0].Read, transporter.Pool.InUse);
        }
        for (var ended = await _relay.WhenEndedAsync(); ended > 0; ended--)
            await _server.WaitForSessionEndAsync(ended - 1, Cancellation);
        var transcript = _server.Sessions[0].Transcript;
        // Nothing has been cut yet in the first run.
        _mailAt ??= ReadReplies(transcript.Take(LastMail(transcript)), int.MaxValue).Count;
        return new CutFacts(result)
        {
            Replies = [.. ReadReplies(transcript, PlainOctets.Count(read)).Skip(_mailAt.Value)],
            Sent = PlainOctets.Count(WithoutQuit(written)),
            Connections = opened,
            Copies = CountCopies(),
            InUse = inUse,
            Length = (written.Length - before.Sent, read.Length - before.Read),
        };

        ObservedClient NewClient() => new(_options, time, socket =>
        {
            if (opened++ > 0)
                wires.Add(new ClientWire(() => { }));
            return new ObservedStream(socket, wires[^1], singleOctets);
        });
    }

    private void WaitInVain(FakeTimeProvider time, Func<bool> hasAnswered)
    {
        // After a pause the first reply has a limit of its own, and there is time for another connection.
        time.Advance(_scenario.Before == CutUse.BeforePause && !hasAnswered() ? Pause : TimeSpan.FromHours(2));
    }

    private static int LastMail(IReadOnlyList<string> transcript) =>
        transcript.ToList().FindLastIndex(line => line.StartsWith("C: MAIL", StringComparison.Ordinal));

    // A session that has gathered errors is closed as soon as the exchange is over.
    private static byte[] WithoutQuit(byte[] written) =>
        written.AsSpan().EndsWith("QUIT\r\n"u8) ? written[..^"QUIT\r\n"u8.Length] : written;

    private int[] CountCopies()
    {
        var copies = new int[_scenario.Recipients];
        foreach (var recipient in _server.Messages.SelectMany(message => message.Recipients))
            copies[recipient[1] - '0']++;
        return copies;
    }

    /// <summary>The codes of the replies of a session that are complete in the first octets of the server.</summary>
    private static List<int> ReadReplies(IEnumerable<string> transcript, int octets)
    {
        var codes = new List<int>();
        foreach (var line in transcript.Where(IsReply))
        {
            octets -= Encoding.UTF8.GetByteCount(line) - "S: ".Length + "\r\n".Length;
            if (octets < 0)
                break;
            if (line.Length == "S: 250".Length || line["S: 250".Length] == ' ')
                codes.Add(int.Parse(line.AsSpan("S: ".Length, 3), CultureInfo.InvariantCulture));
        }
        return codes;
    }

    // What the server notes of a failure of its own stands in angle brackets.
    private static bool IsReply(string line) =>
        line.StartsWith("S: ", StringComparison.Ordinal) && !line.StartsWith("S: <", StringComparison.Ordinal);

    private static Email NewEmail(string to) => new()
    {
        From = "me@example.com",
        To = to,
        MessageId = "cut@example.com",
        Subject = "Cut",
        TextBody = "One line,\r\n.a dot,\r\n..and two.\r\n",
    };

    private static Task<SendResult> SendAsync(SmtpTransporter transporter, bool async, Email email) => async
        ? transporter.SendAsync(email, Cancellation)
        : Task.Factory.StartNew(
            () => transporter.Send(email, Cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
