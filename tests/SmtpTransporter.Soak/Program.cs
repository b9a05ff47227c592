using System.Diagnostics;
using System.Globalization;
using SmtpTransport;
using SmtpTransport.Soak;
using SmtpTransport.Testing;

// Twelve senders use six routes, to servers and through networks that fail at random and to servers whose sessions wear out, with a clock
// that jumps and a log on a full disk.
// Every result is compared with what the servers have received; at the end no resource may be left. Arguments: the number of minutes, and a
// seed that repeats the random choices.
const string Password = "soak-password";
var minutes = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
Console.WriteLine($"{minutes} minutes, seed {seed}");

// The thread pool changes its size under load, and each thread keeps buffers: memory can be compared only if the size is fixed. With so few
// threads it is also noticed if the library blocks one.
var threads = Math.Max(16, Environment.ProcessorCount);
ThreadPool.SetMinThreads(threads, threads);
ThreadPool.SetMaxThreads(threads, threads);

var ledger = new Ledger();
TaskScheduler.UnobservedTaskException += (_, unobserved) => ledger.Fail($"An exception was not observed: {unobserved.Exception}");
using var log = new SoakLog(Password);
using var turns = new Turns(13);
var clock = new JumpingClock(seed);
var start = Footprint.Measure();
var watch = Stopwatch.StartNew();

SmtpTestServer[] servers =
    [StartServer(SmtpTestTlsMode.StartTls), StartServer(SmtpTestTlsMode.Implicit), StartServer(SmtpTestTlsMode.None)];
WornServer[] worn = [new(maxSessions: 2, chunking: true, seed), new(maxSessions: 3, chunking: false, seed)];
Relay[] relays = [.. servers.Select((server, i) => new Relay(server.Port, seed + i))];
Route[] routes =
[
    new("STARTTLS, log on a full disk", Route.To(servers[0], log: File.Exists("/dev/full") ? "/dev/full" : null), clock, logIsFull: true),
    new("STARTTLS through a failing network, with a log", Route.To(servers[0], relays[0].Port, log.Path), clock),
    new("TLS through a failing network", Route.To(servers[1], relays[1].Port), clock),
    new("no TLS through a failing network", Route.To(servers[2], relays[2].Port), clock),
    new("sessions that wear out, BDAT", Route.To(worn[0]), clock, refusesSome: true),
    new("sessions that wear out, DATA", Route.To(worn[1]), clock, refusesSome: true),
];
Sender[] senders = [.. Enumerable.Range(0, 12).Select(i => new Sender(routes[i / 2], async: i % 2 == 0, ledger, turns[i], seed + i))];

using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
Task[] disturbing =
[
    clock.RunAsync(stop.Token), RenewAsync(), .. servers.Select((server, i) => new Chaos(server, seed + i).RunAsync(stop.Token)),
];
var sending = senders.Select(StartSending).ToList();
var (quarter, last) = (default(Footprint), default(Footprint));
while (!stop.IsCancellationRequested)
{
    await Task.Delay(TimeSpan.FromSeconds(Math.Min(10, minutes * 5)), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    await turns.WhenIdleAsync(() =>
    {
        last = TakeStock();
        if (quarter == default && watch.Elapsed.TotalMinutes > minutes / 4)
            quarter = last;
    });
}

await Task.WhenAll(sending);
await Task.WhenAll(disturbing);
foreach (var route in routes)
    await route.DisposeAsync();
foreach (var relay in relays)
    await relay.DisposeAsync();
foreach (var server in servers)
    await server.DisposeAsync();
foreach (var server in worn)
    await server.DisposeAsync();
TakeStock();
ledger.CheckUnexpected();

// The connections that were closed last may take a moment to disappear.
var end = Footprint.Measure();
for (var i = 0; i < 50 && end.LeftSince(start).Any(); i++, end = Footprint.Measure())
    await Task.Delay(100);
foreach (var failure in last.GrownSince(quarter).Concat(end.LeftSince(start)))
    ledger.Fail(failure);
if (routes[0].Transporter.LogFile is not null && senders.Sum(s => s.LogWarnings) == 0)
    ledger.Fail("No result has a warning about the full disk.");
if (ledger.Longest > TimeSpan.FromSeconds(3))
    ledger.Fail($"A send with a limit of one second took {ledger.Longest.TotalSeconds:N1} s.");

Console.WriteLine($"{ledger.EmailCount:N0} emails in {watch.Elapsed.TotalMinutes:N1} minutes: {ledger.Outcomes}");
Console.WriteLine(
    $"{relays.Sum(r => r.Cuts):N0} connections cut, {worn.Sum(w => w.Accepted):N0} sessions worn out, {clock.Jumps:N0} clock jumps, "
    + $"{log.Lines:N0} log lines, {senders.Sum(s => s.LogWarnings):N0} warnings about the full disk; "
    + $"{ledger.UnknownButReceived:N0} recipients received an email with the outcome Unknown; the longest send took {ledger.Longest.TotalSeconds:N2} s");
Console.WriteLine($"Before the start:              {start}");
Console.WriteLine($"After a quarter of the time:   {quarter}");
Console.WriteLine($"At the end of the time:        {last}");
Console.WriteLine($"After everything was disposed: {end}");
Console.WriteLine(ledger.Failures.Count == 0
    ? "Every result matches the servers, and no resource is left."
    : $"{ledger.Failures.Count} problems:\n{string.Join('\n', ledger.Failures.Take(20))}");
return ledger.Failures.Count == 0 && ledger.EmailCount > 0 ? 0 : 1;

static SmtpTestServer StartServer(SmtpTestTlsMode tls) =>
    SmtpTestServer.Start(new() { Tls = tls, Users = new Dictionary<string, string> { ["me"] = Password }, KeepSessions = false });

Task StartSending(Sender sender) =>
    Task.Factory.StartNew(() => sender.RunAsync(stop.Token).GetAwaiter().GetResult(), TaskCreationOptions.LongRunning);

async Task RenewAsync()
{
    var random = new Random(seed);
    while (!stop.IsCancellationRequested)
    {
        await Task.Delay(random.Next(100, 3000), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await turns[12].WaitAsync();
        await routes[random.Next(routes.Length)].RenewAsync();
        turns[12].Release();
    }
}

Footprint TakeStock()
{
    ledger.Check([
        .. servers.SelectMany(server => server.TakeMessages()).Select(message => StoredCopy.Of(message)),
        .. worn.SelectMany(server => server.TakeCopies()),
    ]);
    foreach (var server in worn)
        server.ForgetWhatWasLeft();
    foreach (var failure in log.CheckAndEmpty())
        ledger.Fail(failure);
    var now = Footprint.Measure();
    var problems = ledger.Failures.Count == 0 ? "" : $", {ledger.Failures.Count} PROBLEMS";
    Console.WriteLine($"{watch.Elapsed:mm\\:ss} {ledger.EmailCount:N0} emails, {now}, {ledger.Outcomes}{problems}");
    return now;
}
