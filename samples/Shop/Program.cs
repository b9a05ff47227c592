using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

// Orders with EF Core. Their receipts are committed, or rolled back, with them.
//
//   dotnet run --project samples/Shop                  with a server of its own, and orders and outbox in shop.db
//   dotnet run --project samples/Shop -- DATABASE      with another file
var database = $"Data Source={(args.Length > 0 ? args[0] : "shop.db")}";
await using var server = SmtpTestServer.Start();

var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddDbContext<ShopContext>(o => o.UseSqlite(database));
builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
builder.Services.AddSmtpOutbox(database);
builder.Services.AddSingleton<Stock>();
builder.Services.AddScoped<OrderDesk>();
using var host = builder.Build();
// Before the host starts: EnsureCreated does nothing if a database has tables, and the outbox creates its own at the start. Migrations work
// in any order.
await using (var scope = host.Services.CreateAsyncScope())
    await scope.ServiceProvider.GetRequiredService<ShopContext>().Database.EnsureCreatedAsync();
await host.StartAsync();

(string Customer, int Pounds)[] wishes = [("ann@example.org", 60), ("bob@example.org", 90), ("cid@example.org", 40)];
foreach (var (customer, pounds) in wishes)
{
    // One context for each order, as a web application has one for each request.
    await using var scope = host.Services.CreateAsyncScope();
    try
    {
        await scope.ServiceProvider.GetRequiredService<OrderDesk>().PlaceAsync(customer, pounds);
        Console.WriteLine($"{customer}: {pounds} lb ordered");
    }
    catch (InvalidOperationException exception)
    {
        Console.WriteLine($"{customer}: no order, {exception.Message}");
    }
}

var outbox = host.Services.GetRequiredService<IOutbox>();
foreach (var entry in (await outbox.ListAsync()).Entries)
{
    await foreach (var now in outbox.WatchAsync(entry.Id))
    {
        // A parked email waits for a decision.
        if (!now.IsFinal && now.State != OutboxState.Unknown)
            continue;
        Console.WriteLine($"{now.Recipients[0].Address}: \"{now.Subject}\" {now.State}");
        break;
    }
}
await using (var scope = host.Services.CreateAsyncScope())
{
    var orders = await scope.ServiceProvider.GetRequiredService<ShopContext>().Orders.CountAsync();
    Console.WriteLine($"{orders} orders, {server.Messages.Count} receipts at the server of this run");
}
await host.StopAsync();
