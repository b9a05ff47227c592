using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of an outbox in Chromium, for the user ann.</summary>
internal sealed class OutboxBrowser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private OutboxBrowser(IPlaywright playwright, IBrowser browser, IPage page) =>
        (_playwright, _browser, Page) = (playwright, browser, page);

    public IPage Page { get; }

    /// <summary>Opens it.</summary>
    /// <param name="host">The application.</param>
    /// <param name="width">The width of the window, in pixels.</param>
    /// <param name="query">The query of the address.</param>
    /// <param name="hasClock">Whether the time of the page passes only as the test says.</param>
    public static async Task<OutboxBrowser> OpenAsync(OutboxPageHost host, int width = 1200, string query = "", bool hasClock = false)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await MailboxPage.LaunchAsync(playwright);
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 800 } });
        if (hasClock)
            await page.Clock.InstallAsync();
        await page.Context.AddCookiesAsync([new() { Name = "X-User", Value = "ann", Url = host.Url }]);
        await page.GotoAsync($"{host.Url}/{query}");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"/outbox/{Regex.Escape(query)}$"));
        return new OutboxBrowser(playwright, browser, page);
    }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Waits for what is seen.</summary>
    public ILocatorAssertions Expect(string selector) => Assertions.Expect(Page.Locator(selector));

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
