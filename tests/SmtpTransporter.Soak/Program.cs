using System.Diagnostics;
using System.Globalization;
using SmtpTransport;
using SmtpTransport.Soak;
using SmtpTransport.Testing;

// Eight senders over four routes to servers and through networks that fail at random, under a clock that jumps and with a log whose disk is
// full. Every result is held against what the servers have; at the end nothing may be left.
// Arguments: the number of minutes, and a seed to have the same chances again.
const string Password = "soak-password";
var minutes = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
Console.WriteLine($"{minutes} minutes, seed {seed}");

// The pool tries other sizes under any load, and each of its threads keeps buffers: memory can be compared only where it stays as it is. And
// where the library blocks one of so few, it is noticed.
var threads = Math.Max(16, Environment.ProcessorCount);
ThreadPool.SetMinThreads(threads, threads);
ThreadPool.SetMaxThreads(threads, threads);

var ledger = new Ledger();
TaskScheduler.UnobservedTaskException += (_, e) => ledger.Fail($"Nobody has seen {e.Exception}");
using var log = new SoakLog(Password);
using var turns = new Turns(9);
var clock = new JumpingClock(seed);
var start = Footprint.Now();
var watch = Stopwatch.StartNew();

SmtpTestServer[] servers = [Server(SmtpTestTlsMode.StartTls), Server(SmtpTestTlsMode.Implicit), Server(SmtpTestTlsMode.None)];
Relay[] relays = [.. servers.Select((server, i) => new Relay(server.Port, seed + i))];
Route[] routes =
[
    new("STARTTLS, log on a full disk", Route.To(servers[0], log: File.Exists("/dev/full") ? "/dev/full" : null), clock, logIsFull: true),
    new("STARTTLS through a bad network, with a log", Route.To(servers[0], relays[0].Port, log.Path), clock),
    new("TLS through a bad network", Route.To(servers[1], relays[1].Port), clock),
    new("no TLS through a bad network", Route.To(servers[2], relays[2].Port), clock),
];
Sender[] senders = [.. Enumerable.Range(0, 8).Select(i => new Sender(routes[i / 2], async: i % 2 == 0, ledger, turns[i], seed + i))];

using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
Task[] trouble = [clock.RunAsync(stop.Token), RenewAsync(), .. servers.Select((server, i) => new Chaos(server, seed + i).RunAsync(stop.Token))];
var sending = senders.Select(sender => Task.Factory.StartNew(() => sender.RunAsync(stop.Token).GetAwaiter().GetResult(), TaskCreationOptions.LongRunning)).ToList();
var (quarter, last) = (default(Footprint), default(Footprint));
while (!stop.IsCancellationRequested)
{
    await Task.Delay(TimeSpan.FromSeconds(Math.Min(10, minutes * 5)), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    await turns.AtRestAsync(() =>
    {
        last = TakeStock();
        if (quarter == default && watch.Elapsed.TotalMinutes > minutes / 4)
            quarter = last;
    });
}

await Task.WhenAll(sending);
await Task.WhenAll(trouble);
foreach (var route in routes)
    await route.DisposeAsync();
foreach (var relay in relays)
    await relay.DisposeAsync();
foreach (var server in servers)
    await server.DisposeAsync();
TakeStock();
ledger.CheckTheRest();

// What was closed last may take a moment to be gone.
var end = Footprint.Now();
for (var i = 0; i < 50 && end.LeftSince(start).Any(); i++, end = Footprint.Now())
    await Task.Delay(100);
foreach (var wrong in last.GrownSince(quarter).Concat(end.LeftSince(start)))
    ledger.Fail(wrong);
if (routes[0].Transporter.LogFile is not null && senders.Sum(s => s.LogWarnings) == 0)
    ledger.Fail("No result has told of the full disk.");
if (ledger.Longest > TimeSpan.FromSeconds(3))
    ledger.Fail($"A send with a limit of one second took {ledger.Longest.TotalSeconds:N1} s.");

Console.WriteLine($"{ledger.Mails:N0} mails in {watch.Elapsed.TotalMinutes:N1} minutes: {ledger.Outcomes}");
Console.WriteLine(
    $"{relays.Sum(r => r.Cuts):N0} connections cut, {clock.Jumps:N0} jumps of the clock, {log.Lines:N0} lines of log, {senders.Sum(s => s.LogWarnings):N0} warnings of the full disk; "
    + $"{ledger.UnknownAndThere:N0} recipients of unknown mails have them; the longest send took {ledger.Longest.TotalSeconds:N2} s");
Console.WriteLine($"Before the start:              {start}");
Console.WriteLine($"After a quarter of the time:   {quarter}");
Console.WriteLine($"At the end of the time:        {last}");
Console.WriteLine($"After everything was disposed: {end}");
Console.WriteLine(ledger.Wrong.Count == 0
    ? "Every result is what the servers have, and nothing is left."
    : $"{ledger.Wrong.Count} things are wrong:\n{string.Join('\n', ledger.Wrong.Take(20))}");
return ledger.Wrong.Count == 0 && ledger.Mails > 0 ? 0 : 1;

static SmtpTestServer Server(SmtpTestTlsMode tls) =>
    SmtpTestServer.Start(new() { Tls = tls, Users = new Dictionary<string, string> { ["me"] = Password }, KeepSessions = false });

async Task RenewAsync()
{
    var random = new Random(seed);
    while (!stop.IsCancellationRequested)
    {
        await Task.Delay(random.Next(100, 3000), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await turns[8].WaitAsync();
        await routes[random.Next(routes.Length)].RenewAsync();
        turns[8].Release();
    }
}

Footprint TakeStock()
{
    ledger.Check(servers.SelectMany(server => server.TakeMessages()));
    foreach (var wrong in log.CheckAndEmpty())
        ledger.Fail(wrong);
    var now = Footprint.Now();
    Console.WriteLine($"{watch.Elapsed:mm\\:ss} {ledger.Mails:N0} mails, {now}, {ledger.Outcomes}{(ledger.Wrong.Count == 0 ? "" : $", {ledger.Wrong.Count} WRONG")}");
    return now;
}
