using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Newsletter;
using SmtpTransport;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

// A newsletter of 1,000 emails that survives a restart: stop it with Ctrl+C, start it again, and it continues.
//
//   dotnet run --project samples/Newsletter                   with a server of its own, and the outbox in newsletter.db
//   dotnet run --project samples/Newsletter -- DATABASE URL   with a file, and a server:
// smtp://localhost:1025?acceptUnsecureConnection=true
//   dotnet run --project samples/Newsletter -- workers [DATABASE]   in worker processes that one may kill: see README.md
const int Count = 1000;
if (args is ["workers", ..])
    return await WorkerGroup.RunAsync(args.Length > 1 ? args[1] : "Data Source=newsletter-workers.db");
if (args is ["worker", var url])
    return await WorkerProcess.RunAsync(url);
var database = args.Length > 0 ? args[0] : "newsletter.db";
await using var ownServer = args.Length > 1 ? null : SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false });
var server = ownServer?.ToServerOptions() ?? ServerOptions.Parse(args[1]);

var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddSmtpTransporter(_ => server);
builder.Services.AddSmtpOutbox(o => o.UseSqlite($"Data Source={database}").LimitRate(100, TimeSpan.FromSeconds(1)));
using var host = builder.Build();
// Ctrl+C and SIGTERM end the host: emails that are being sent are finished, the rest waits in the file.
await host.StartAsync();
var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
var outbox = host.Services.GetRequiredService<IOutbox>();

// All or none are stored. Because of their keys, a second start, also after a crash, stores nothing twice.
await outbox.EnqueueManyAsync(Letter.CreateMany(Count, "2026-11"));

using var ticks = new PeriodicTimer(TimeSpan.FromSeconds(1));
try
{
    OutboxCounts counts;
    do
    {
        counts = await outbox.CountAsync(stopping);
        var sent = counts[OutboxState.Sent];
        Console.WriteLine($"[{new string('#', (int)(sent * 40 / Count)),-40}] {sent} of {Count} sent");
    }
    while (counts[OutboxState.Waiting] + counts[OutboxState.Sending] > 0 && await ticks.WaitForNextTickAsync(stopping));
    var (done, parked, dead) = (counts[OutboxState.Sent], counts[OutboxState.Unknown], counts[OutboxState.DeadLettered]);
    Console.WriteLine($"Finished: {done} sent, {parked} parked, {dead} dead letters");
}
catch (OperationCanceledException)
{
    Console.WriteLine("Stopped. Start the program again to continue.");
}
await host.StopAsync();
return 0;
