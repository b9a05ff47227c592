using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.BrowserTests;

public sealed class OutboxPageTests
{
    [Fact]
    public async Task A_dead_letter_is_looked_at_and_sent_again()
    {
        await using var host = await OutboxPageHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 <img src=x onerror=document.title='run'> unknown");
        await host.EnqueueAsync("<i>Invoice</i> 七", OutboxState.DeadLettered, TestContext.Current.CancellationToken);
        await host.EnqueueAsync("Other", OutboxState.Sent, TestContext.Current.CancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await MailboxPage.LaunchAsync(playwright);
        var page = await OpenAsync(browser, host, 1200);

        await Assertions.Expect(page.Locator("#mails li")).ToHaveCountAsync(2);
        await Assertions.Expect(page).ToHaveTitleAsync("(1) Outbox");
        await page.Locator("#stateDeadLettered").ClickAsync();
        await Assertions.Expect(page.Locator("#mails li")).ToHaveCountAsync(1);
        await page.Locator("#mails button").ClickAsync();
        await Assertions.Expect(page.Locator("#subject")).ToHaveTextAsync("<i>Invoice</i> 七");
        await Assertions.Expect(page.Locator("#tries")).ToContainTextAsync("<img src=x");
        await Assertions.Expect(page.Locator("#recipients")).ToContainTextAsync("ann@example.org");

        await page.Locator("#resend").ClickAsync();
        await Assertions.Expect(page.Locator("#facts dd").First).ToHaveTextAsync("Sent");
        await Assertions.Expect(page.Locator("#actions button")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator("#empty")).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Outbox");
        Assert.Equal(2, host.Server.Messages.Count);
    }

    [Fact]
    public async Task Sending_is_paused_and_an_email_canceled_on_a_phone()
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
        await page.Locator("#mails button").ClickAsync();
        await page.Locator("#cancel").ClickAsync();
        await Assertions.Expect(page.Locator("#facts dd").First).ToHaveTextAsync("Canceled");
        await page.Locator("#back").ClickAsync();
        await Assertions.Expect(page.Locator("#mails")).ToContainTextAsync("Canceled");

        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(id, TestContext.Current.CancellationToken))!.State);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page is wider than the phone.");
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
