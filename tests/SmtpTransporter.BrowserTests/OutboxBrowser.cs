using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of an outbox in Chromium, for the user ann.</summary>
internal sealed class OutboxBrowser : IAsyncDisposable
{
    /// <summary>How often the page asks the server, in milliseconds.</summary>
    public const int Interval = 2000;

    // Shows in the document whether the timer runs after which the page asks the server again.
    private const string ShowTimer = """
        {
          const { setTimeout: set, clearTimeout: clear } = window;
          const show = timer => { document.documentElement.dataset.timer = timer; };
          window.setTimeout = (run, delay) => {
            if (delay < 2000) return set(run, delay);
            const timer = set(() => { show(""); run(); }, delay);
            show(timer);
            return timer;
          };
          window.clearTimeout = timer => {
            if (document.documentElement.dataset.timer === `${timer}`) show("");
            clear(timer);
          };
        }
        """;

    private OutboxBrowser(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>Opens it.</summary>
    /// <param name="host">The application.</param>
    /// <param name="width">The width of the window, in pixels.</param>
    /// <param name="query">The query of the address.</param>
    /// <param name="hasClock">Whether the time of the page passes only as the test says.</param>
    public static async Task<OutboxBrowser> OpenAsync(OutboxPageHost host, int width = 1200, string query = "", bool hasClock = false)
    {
        var page = await Chromium.OpenPageAsync(new() { ViewportSize = new() { Width = width, Height = 800 } });
        if (hasClock)
        {
            await page.Clock.InstallAsync();
            await page.AddInitScriptAsync(ShowTimer);
        }
        await page.Context.AddCookiesAsync([new() { Name = "X-User", Value = "ann", Url = host.Url }]);
        await page.GotoAsync($"{host.Url}/{query}");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex($"/outbox/{Regex.Escape(query)}$"));
        return new OutboxBrowser(page);
    }

    public ILocator this[string selector] => Page.Locator(selector);

    /// <summary>Waits for what is seen.</summary>
    public ILocatorAssertions Expect(string selector) => Assertions.Expect(Page.Locator(selector));

    /// <summary>Lets the time of the page pass until it asks the server again, and returns the status of the answer.</summary>
    public async Task<int> AskAgainAsync()
    {
        // The page sets its timer after it has shown the last answer: until then its time would pass in vain.
        await Expect("html").ToHaveAttributeAsync("data-timer", new Regex("."));
        var answer = await Page.RunAndWaitForResponseAsync(
            () => Page.Clock.RunForAsync(Interval), response => response.Url.EndsWith("/status", StringComparison.Ordinal));
        return answer.Status;
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
