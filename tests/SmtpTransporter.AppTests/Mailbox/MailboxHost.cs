using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Mailbox;
using Xunit;

namespace SmtpTransport.AppTests.Mailbox;

/// <summary>A mailbox of its own store, and a client that has the header of the page.</summary>
internal sealed class MailboxHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private MailboxHost(WebApplication app, MailboxStore store)
    {
        (_app, Store) = (app, store);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Client = new HttpClient { BaseAddress = new Uri(addresses.First() + "/mailbox/") };
        Client.DefaultRequestHeaders.Add("X-Mailbox", "1");
    }

    public MailboxStore Store { get; }

    public HttpClient Client { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<MailboxHost> StartAsync(Action<MailboxOptions>? configure = null)
    {
        var store = new MailboxStore();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapMailbox(configure: o =>
        {
            o.Store = store;
            configure?.Invoke(o);
        });
        await app.StartAsync(Cancellation);
        return new MailboxHost(app, store);
    }

    public void Receive(Email email)
    {
        email.From = "a@x.example";
        email.To = "b@x.example";
        Store.Add("bounces@x.example", ["b@x.example"], Encoding.UTF8.GetBytes(email.ToMime()));
    }

    /// <summary>Reads what the page reads.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await Client.GetStringAsync(path, Cancellation));
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
