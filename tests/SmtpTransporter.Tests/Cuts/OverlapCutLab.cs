using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// A server, a network that cuts, and for each run a client with three emails that follow one another over one connection. One run at a
/// time.
/// </summary>
internal sealed class OverlapCutLab : IAsyncDisposable
{
    public static readonly string[] Names = ["a", "b", "c"];

    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly bool _chunks;
    private readonly SmtpTestServer _server;
    private readonly CutRelay _relay;
    private readonly ServerOptions _options;

    public OverlapCutLab(bool chunks, bool tls)
    {
        _chunks = chunks;
        _server = SmtpTestServer.Start(new()
        {
            Tls = tls ? SmtpTestTlsMode.StartTls : SmtpTestTlsMode.None,
            TlsProtocols = tls ? System.Security.Authentication.SslProtocols.Tls12 : default,
            Chunking = chunks,
        });
        _relay = new CutRelay(_server.Port);
        _options = _server.ToServerOptions() with
        {
            Host = "127.0.0.1",
            Port = _relay.Port,
            ConnectionTimeout = TimeSpan.FromMinutes(10),
            SendTimeout = TimeSpan.FromHours(1),
            MaxConnections = 1,
            Overlap = 3,
        };
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>Sends the emails, and cuts the connection on its way.</summary>
    /// <param name="async">Whether they are sent without a thread for each.</param>
    /// <param name="cut">The cut; null if there is none.</param>
    /// <param name="order">The order in which they follow one another; null for that of their names.</param>
    public async Task<OverlapCutFacts> RunAsync(bool async, Cut? cut, IReadOnlyList<string>? order = null)
    {
        order ??= Names;
        _server.Clear();
        _server.Script.Clear();
        var time = new FakeTimeProvider(Start);
        var wires = new List<ClientWire> { new(() => time.Advance(TimeSpan.FromHours(2))) };
        var opened = 0;
        _relay.Begin(null, wires[0].NothingAfter);
        SendResult[] results;
        int inUse;
        (int Written, int Read) before;
        using (var transporter = new SmtpTransporter(_options, NewClient, time, new SystemResolver()))
        {
            await SendAsync(transporter, async, "first");
            before = (wires[0].Written.Length, wires[0].Read.Length);
            _server.TakeMessages();
            var gate = new TaskCompletionSource();
            // The first is on its way, and the server has not answered it, when the others begin to wait.
            var held = _server.Script.On(SmtpStep.MailFrom, $"{order[0]}@").WaitFor(gate.Task);
            _relay.CutOpen(cut);
            var first = SendAsync(transporter, async, order[0]);
            var sends = new Dictionary<string, Task<SendResult>> { [order[0]] = first };
            await Task.WhenAny(held.Reached, first);
            foreach (var name in order.Skip(1))
            {
                var waiting = sends.Count;
                sends[name] = SendAsync(transporter, async, name);
                SpinWait.SpinUntil(() => transporter.Pool.Ready == waiting || first.IsCompleted, Patience);
            }
            gate.SetResult();
            results = await Task.WhenAll(Names.Select(name => sends[name]));
            inUse = transporter.Pool.InUse;
        }
        for (var ended = await _relay.WhenEndedAsync(); ended > 0; ended--)
            await _server.WaitForSessionEndAsync(ended - 1, Cancellation);
        var written = Encoding.ASCII.GetString(wires[0].Written.AsSpan(before.Written));
        var read = Encoding.ASCII.GetString(wires[0].Read.AsSpan(before.Read));
        // Answers have no names: they come in the order in which the commands went.
        var answers = read.Split('\n').SkipLast(1).Count(line => line.Contains("queued as", StringComparison.Ordinal));
        var answered = Names.Where(name => written.Contains(MailOf(name), StringComparison.Ordinal))
            .OrderBy(name => written.IndexOf(MailOf(name), StringComparison.Ordinal)).Take(answers);
        return new OverlapCutFacts(results, [.. Names.Select(name => _server.Messages.Count(m => m.Message.Subject == name))])
        {
            Ended = [.. Names.Select(name => written.Contains(
                _chunks ? $"END {name}\r\n" : $"END {name}\r\n.\r\n", StringComparison.Ordinal))],
            Answered = [.. answered],
            AreOwn = _server.Messages.All(m =>
                m.Sender == $"{m.Message.Subject}@example.com" && m.Recipients is [var only] && only == $"{m.Message.Subject}@example.org"),
            InUse = inUse,
            Length = (written.Length, read.Length),
            LineEnds = (EndsOf(written), EndsOf(read)),
        };

        ObservedClient NewClient() => new(_options, time, socket =>
        {
            if (opened++ > 0)
                wires.Add(new ClientWire(() => { }));
            return new ObservedStream(socket, wires[^1], singleOctets: false);
        });
    }

    private static string MailOf(string name) => $"MAIL FROM:<{name}@";

    /// <summary>How many octets there are up to the end of each line.</summary>
    private static List<int> EndsOf(string text) =>
        [.. Enumerable.Range(1, text.Length).Where(end => text[end - 1] == '\n')];

    private static Task<SendResult> SendAsync(SmtpTransporter transporter, bool async, string name)
    {
        var email = new Email
        {
            From = $"{name}@example.com",
            To = $"{name}@example.org",
            MessageId = $"{name}@example.com",
            Subject = name,
            TextBody = $"END {name}\r\n",
        };
        return async
            ? transporter.SendAsync(email, Cancellation)
            : Task.Factory.StartNew(
                () => transporter.Send(email, Cancellation), CancellationToken.None, TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
    }
}
