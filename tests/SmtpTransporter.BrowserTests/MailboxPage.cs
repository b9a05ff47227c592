using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using SmtpTransport.Mailbox;

namespace SmtpTransport.BrowserTests;

/// <summary>The mailbox in a browser, and a second site that records every request: a message must never cause one.</summary>
public sealed class MailboxPage : IAsyncDisposable
{
    private readonly Action<WebApplication> _map;
    private readonly WebApplication _elsewhere;
    private WebApplication _app;

    private MailboxPage(
        Action<WebApplication> map,
        WebApplication app,
        WebApplication elsewhere,
        IPage page,
        MailboxStore store,
        List<string> requests)
    {
        (_map, _app, _elsewhere) = (map, app, elsewhere);
        (Page, Store, RequestsElsewhere) = (page, store, requests);
    }

    public IPage Page { get; }

    public MailboxStore Store { get; }

    /// <summary>The paths of the requests to the other site.</summary>
    public List<string> RequestsElsewhere { get; }

    public string Elsewhere => GetAddress(_elsewhere);

    public string Url => $"{GetAddress(_app)}/mailbox";

    /// <summary>The errors of the page.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Opens the page. A screen of 390 pixels is a phone: it has no mouse.</summary>
    public static async Task<MailboxPage> OpenAsync(
        int width, int height, bool dark = false, int capacity = 500, Action<MailboxOptions>? configure = null)
    {
        var store = new MailboxStore(capacity);
        var app = CreateApp();
        Map(app);
        await app.StartAsync();
        var requests = new List<string>();
        var elsewhere = CreateApp();
        elsewhere.Run(context =>
        {
            lock (requests)
                requests.Add(context.Request.Path);
            return context.Response.WriteAsync("<title>elsewhere</title>");
        });
        await elsewhere.StartAsync();

        var page = await Chromium.OpenPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            IsMobile = width <= 390,
            HasTouch = width <= 390,
        });
        var mailbox = new MailboxPage(Map, app, elsewhere, page, store, requests);
        page.PageError += (_, error) => mailbox.Errors.Add(error);
        await page.GotoAsync(mailbox.Url);
        return mailbox;

        void Map(WebApplication application) => application.MapMailbox("/mailbox", o =>
        {
            (o.Store, o.AllowOutsideDevelopment) = (store, true);
            configure?.Invoke(o);
        });
    }

    public async Task StopServerAsync()
    {
        var address = GetAddress(_app);
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = CreateApp(address);
        _map(_app);
    }

    /// <summary>Starts the server again, at its former address.</summary>
    public Task StartServerAsync() => _app.StartAsync();

    public void Receive(
        string subject, string? text = null, string? html = null, string to = "ann@example.org", params MailAttachment[] attachments)
    {
        var email = new Email { From = "Shop <shop@example.com>", To = to, Subject = subject, TextBody = text, HtmlBody = html };
        foreach (var attachment in attachments)
            email.Attachments.Add(attachment);
        Store.Add("bounces@example.com", [to], Encoding.UTF8.GetBytes(email.ToMime()));
    }

    /// <summary>Adds a message that was received at a time of its own, so that a picture of it is always the same.</summary>
    public void Receive(Email email, DateTimeOffset receivedAt)
    {
        var recipients = email.To.Concat(email.Cc).Select(a => a.Email).ToList();
        Store.Add("bounces@example.com", recipients, Encoding.UTF8.GetBytes(email.ToMime()), receivedAt);
    }

    public ILocator Message(string subject) => Page.Locator("#messages li", new() { HasText = subject });

    public async Task OpenMessageAsync(string subject)
    {
        await Message(subject).ClickAsync();
        await Assertions.Expect(Page.Locator("#subject")).ToHaveTextAsync(subject);
    }

    public async ValueTask DisposeAsync()
    {
        await Page.CloseAsync();
        await _app.DisposeAsync();
        await _elsewhere.DisposeAsync();
    }

    private static WebApplication CreateApp(string address = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address);
        builder.Logging.ClearProviders();
        return builder.Build();
    }

    private static string GetAddress(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
