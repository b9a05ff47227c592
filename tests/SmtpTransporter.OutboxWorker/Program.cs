using System.Text;
using System.Threading.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;
using SmtpTransport.Outbox;

// An application with an outbox, to be killed: PORT DATABASE COUNT PROMISES [RATE]. It enqueues emails until the file PROMISES has COUNT
// lines, to which it appends the id of each stored email, and sends what is stored until it is ended.
var (port, database, count, promises) = (int.Parse(args[0], null), args[1], int.Parse(args[2], null), args[3]);
var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddSmtpTransporter(_ => new ServerOptions
{
    Host = "127.0.0.1",
    Port = port,
    AcceptUnsecureConnection = true,
    MaxConnections = 5,
    // An email to this domain ends the process that sends it, as a fault in native code would.
    RecipientDomainRate = PartitionedRateLimiter.Create<string, string>(domain =>
    {
        if (domain == "fatal.test")
            Environment.FailFast("fatal.test");
        return RateLimitPartition.GetNoLimiter("");
    }),
});
builder.Services.AddSmtpOutbox(o =>
{
    _ = database.StartsWith("Host=", StringComparison.Ordinal) ? o.UsePostgres(database)
        : database.StartsWith("Server=", StringComparison.Ordinal) ? o.UseMariaDb(database) : o.UseSqlite(database);
    o.InitialRetryDelay = TimeSpan.FromSeconds(1);
    o.MaxRetryDelay = TimeSpan.FromSeconds(2);
    if (args.Length > 4)
        o.LimitRate(int.Parse(args[4], null), TimeSpan.FromSeconds(1));
});
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(2));
using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("ready");
_ = Task.Run(EnqueueAsync);
await host.WaitForShutdownAsync();

async Task EnqueueAsync()
{
    var outbox = host.Services.GetRequiredService<IOutbox>();
    using var file = new FileStream(promises, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 1);
    using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
    using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
    for (var number = File.ReadLines(promises).Count(); number < count; number++)
    {
        try
        {
            var email = new Email
            {
                From = "shop@example.com",
                To = $"u{number}@example.org",
                Subject = $"Email {number}",
                TextBody = new string('x', 500),
            };
            // An email that was stored, but whose id was not appended to the file, is stored once all the same.
            var id = await outbox.EnqueueAsync(email, idempotencyKey: $"email-{number}");
            file.Write(Encoding.ASCII.GetBytes($"{id}\n"));
            await pace.WaitForNextTickAsync();
        }
        catch (Exception exception) when (exception is not ObjectDisposedException)
        {
            // The database is down, or the disk is full: enqueue the same email again.
            Console.WriteLine(exception.Message);
            number--;
            await pause.WaitForNextTickAsync();
        }
    }
    Console.WriteLine("enqueued");
}
