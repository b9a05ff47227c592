using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(SmtpTransport.BrowserTests.Chromium))]

namespace SmtpTransport.BrowserTests;

/// <summary>
/// One Chromium for all tests, since its start takes longer than most of them. Each page has cookies, storage and a cache of its own.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static IBrowser? _browser;
    private IPlaywright? _playwright;

    // Several tests run at the same time, perhaps on two cores: 5 seconds, the default, are too few.
    static Chromium() => Assertions.SetDefaultExpectTimeout(20_000);

    /// <summary>Opens a page. To close it removes all that it has stored.</summary>
    public static Task<IPage> OpenPageAsync(BrowserNewPageOptions? options = null) => _browser!.NewPageAsync(options);

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium-headless-shell",
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser!.DisposeAsync();
        _playwright!.Dispose();
    }
}
