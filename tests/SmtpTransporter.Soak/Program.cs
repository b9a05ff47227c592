using System.Diagnostics;
using System.Globalization;
using SmtpTransport;
using SmtpTransport.Soak;
using SmtpTransport.Testing;

// Eight senders against a server that fails at random; at the end, each result is held against what the server has.
var minutes = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 1;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Environment.TickCount;
Console.WriteLine($"{minutes} minutes, seed {seed}");

await using var server = SmtpTestServer.Start(new() { Users = new Dictionary<string, string> { ["me"] = "soak-password" } });
var transporter = new SmtpTransporter(server.ToServerOptions() with
{
    AuthenticationMode = AuthenticationMode.Plain,
    MaxConnections = 4,
    ConnectionTimeout = TimeSpan.FromMilliseconds(500),
    SendTimeout = TimeSpan.FromSeconds(1),
});
var ledger = new Ledger();
using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
var chaos = new Chaos(server, seed).RunAsync(stop.Token);
var watch = Stopwatch.StartNew();
var (first, last) = (0L, 0L);

var senders = Enumerable.Range(0, 8).Select(sender => Task.Factory.StartNew(() => Send(sender, async: sender % 2 == 0).GetAwaiter().GetResult(), TaskCreationOptions.LongRunning)).ToList();
var reporter = ReportAsync();
await Task.WhenAll(senders);
await reporter;
await chaos;
await transporter.DisposeAsync();
await server.DisposeAsync();

ledger.Received(server.TakeMails());
ledger.Check(TimeSpan.Zero);
ledger.CheckTheRest();
Console.WriteLine($"{ledger.Mails:N0} mails in {watch.Elapsed.TotalMinutes:N1} minutes: {ledger.Outcomes}");
Console.WriteLine($"Memory after a quarter of the time {first / 1e6:N1} MB, at the end {last / 1e6:N1} MB");
Console.WriteLine(ledger.Wrong.Count == 0 ? "Every result is what the server has." : $"{ledger.Wrong.Count} results are wrong:\n{string.Join('\n', ledger.Wrong.Take(20))}");
return ledger.Wrong.Count == 0 && ledger.Mails > 0 ? 0 : 1;

async Task Send(int sender, bool async)
{
    var random = new Random(seed + sender);
    while (!stop.IsCancellationRequested)
    {
        var mail = new Email
        {
            From = "me@example.com",
            To = string.Join(", ", Enumerable.Range(0, random.Next(1, 4)).Select(i => $"r{i}@example.org")),
            Subject = "Soak",
            TextBody = new string('x', random.Next(10, 2000)),
        };
        var result = async ? await transporter.SendAsync(mail) : transporter.Send(mail);
        ledger.Sent(result);
    }
}

async Task ReportAsync()
{
    while (!stop.IsCancellationRequested)
    {
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(10, minutes * 15)), stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ledger.Received(server.TakeMails());
        ledger.Check(TimeSpan.FromSeconds(8));
        last = GC.GetTotalMemory(forceFullCollection: true);
        if (first == 0 && watch.Elapsed.TotalMinutes > minutes / 4)
            first = last;
        Console.WriteLine($"{watch.Elapsed:mm\\:ss} {ledger.Mails:N0} mails, {last / 1e6:N1} MB, {ledger.Outcomes}");
    }
}
