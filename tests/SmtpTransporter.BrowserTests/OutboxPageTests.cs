using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of the outbox, in a browser.</summary>
public sealed class OutboxPageTests
{
    [Fact]
    public async Task The_page_shows_and_resends_a_dead_letter()
    {
        await using var host = await OutboxPageHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 <img src=x onerror=document.title='run'> unknown");
        await host.EnqueueAsync("<i>Invoice</i> 七", OutboxState.DeadLettered, TestContext.Current.CancellationToken);
        await host.EnqueueAsync("Other", OutboxState.Sent, TestContext.Current.CancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await MailboxPage.LaunchAsync(playwright);
        var page = await OpenAsync(browser, host, 1200);

        await Assertions.Expect(page.Locator("#emails li")).ToHaveCountAsync(2);
        await Assertions.Expect(page).ToHaveTitleAsync("(1) Outbox");
        await page.Locator("#stateDeadLettered").ClickAsync();
        await Assertions.Expect(page.Locator("#emails li")).ToHaveCountAsync(1);
        await page.Locator("#emails button").ClickAsync();
        await Assertions.Expect(page.Locator("#subject")).ToHaveTextAsync("<i>Invoice</i> 七");
        await Assertions.Expect(page.Locator("#attempts")).ToContainTextAsync("<img src=x");
        await Assertions.Expect(page.Locator("#recipients")).ToContainTextAsync("ann@example.org");

        await page.Locator("#resend").ClickAsync();
        await Assertions.Expect(page.Locator("#facts dd").First).ToHaveTextAsync("Sent");
        await Assertions.Expect(page.Locator("#actions button")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Outbox");
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task The_page_pauses_the_sending_and_cancels_an_email_on_a_phone()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, TestContext.Current.CancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await MailboxPage.LaunchAsync(playwright);
        var page = await OpenAsync(browser, host, 400);
        page.Dialog += (_, dialog) => dialog.AcceptAsync();

        await page.Locator("#pause").ClickAsync();
        await Assertions.Expect(page.Locator("#pause")).ToHaveTextAsync("Resume");
        Assert.True(await host.Outbox.IsPausedAsync(TestContext.Current.CancellationToken));
        await page.Locator("#pause").ClickAsync();
        await Assertions.Expect(page.Locator("#pause")).ToHaveTextAsync("Pause");
        await page.Locator("#emails button").ClickAsync();
        await page.Locator("#cancel").ClickAsync();
        await Assertions.Expect(page.Locator("#facts dd").First).ToHaveTextAsync("Canceled");
        await page.Locator("#back").ClickAsync();
        await Assertions.Expect(page.Locator("#emails")).ToContainTextAsync("Canceled");

        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(id, TestContext.Current.CancellationToken))!.State);
        var fits = await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth");
        Assert.True(fits, "The page is wider than the phone.");
    }

    private static async Task<IPage> OpenAsync(IBrowser browser, OutboxPageHost host, int width)
    {
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 800 } });
        await page.Context.AddCookiesAsync([new() { Name = "X-User", Value = "ann", Url = host.Url }]);
        await page.GotoAsync(host.Url);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/outbox/$"));
        return page;
    }
}
