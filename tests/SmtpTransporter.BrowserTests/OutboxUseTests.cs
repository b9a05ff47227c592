using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of the outbox over a day: keys, a small window, a login that ends, and a server that is away.</summary>
public sealed class OutboxUseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_email_is_opened_canceled_and_closed_with_the_keyboard_alone()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host);
        var keyboard = page.Page.Keyboard;

        await page.Expect("#emails li").ToHaveCountAsync(1);
        await TabToAsync(page, $"#m{id}");
        await keyboard.PressAsync("Enter");
        await page.Expect("#subject").ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await page.Expect("#email").ToBeHiddenAsync();
        await page.Expect($"#m{id}").ToBeFocusedAsync();

        await keyboard.PressAsync("Enter");
        await page.Expect("#subject").ToBeFocusedAsync();
        await TabToAsync(page, "#cancel", "Shift+Tab");
        await keyboard.PressAsync("Enter");
        await page.Expect("#reason").ToBeFocusedAsync();
        await keyboard.PressAsync("Escape");
        await page.Expect("#cancel").ToBeFocusedAsync();
        await page.Expect("#email").ToBeVisibleAsync();
        await keyboard.PressAsync("Enter");
        await keyboard.TypeAsync("typo");
        await keyboard.PressAsync("Enter");
        await page.Expect("#facts dd >> nth=0").ToHaveTextAsync("Canceled");
        await page.Expect("#doneText").ToHaveTextAsync("The email was canceled.");
        Assert.Equal("typo", (await host.Outbox.GetAsync(id, Cancellation))!.History[^1].Reason);
        await keyboard.PressAsync("Escape");
        await page.Expect($"#m{id}").ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_has_not_changed_is_not_asked_for_again_and_a_hidden_page_asks_for_nothing()
    {
        await using var host = await OutboxPageHost.StartAsync(configure: o => o.EnableWorker = false);
        await host.EnqueueManyAsync(3, cancellationToken: Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, hasClock: true);
        await page.Expect("#emails li").ToHaveCountAsync(3);
        // What came in between the first numbers and the first list is in a second list.
        await page.Page.Clock.FastForwardAsync(60 * OutboxBrowser.Interval);
        await page.AskAgainAsync();
        await page.AskAgainAsync();
        var before = host.Requests.Count;

        for (var i = 0; i < 3; i++)
            Assert.Equal(304, await page.AskAgainAsync());
        Assert.All(host.Requests.Skip(before), path => Assert.Equal("status", path));

        await page.Page.EvaluateAsync("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
        await page.Page.EvaluateAsync("document.dispatchEvent(new Event('visibilitychange'))");
        before = host.Requests.Count;
        await page.Page.Clock.RunForAsync(20 * OutboxBrowser.Interval);
        Assert.Equal(before, host.Requests.Count);

        await host.EnqueueManyAsync(1, cancellationToken: Cancellation);
        await page.Page.EvaluateAsync("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");
        while (await page["#emails li"].CountAsync() < 4)
            await page.AskAgainAsync();
        await page.Expect("#stateWaiting").ToContainTextAsync("4");
    }

    [Fact]
    public async Task What_comes_back_is_shown_in_the_opened_email_although_no_number_has_changed()
    {
        await using var host = await OutboxPageHost.StartAsync(configure: o => o.EnableWorker = false);
        var id = await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, query: $"?email={id}", hasClock: true);
        await page.Expect("#recipients li").ToHaveTextAsync("ann@example.org");
        var bounce = new FeedbackRecipient
        {
            Address = "ann@example.org",
            Action = FeedbackAction.Failed,
            Diagnostic = "550 5.1.1 ann has moved",
        };
        await host.Outbox.RecordFeedbackAsync(
            new EmailFeedback { Kind = FeedbackKind.DeliveryReport, EmailId = $"{id}", Recipients = [bounce] }, "1", Cancellation);

        // Every fifth time.
        for (var i = 0; i < 5; i++)
            await page.AskAgainAsync();

        await page.Expect("#recipients li").ToContainTextAsync("550 5.1.1 ann has moved");
        await page.Expect("#attempts li").ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_login_that_has_ended_is_told_and_one_button_leads_back_to_the_same_view(bool hasLogin)
    {
        await using var host = await OutboxPageHost.StartAsync(hasLogin: hasLogin);
        await host.EnqueueManyAsync(1, "tenant", Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, query: "?lane=tenant");
        await page.Expect("#emails li").ToHaveCountAsync(1);

        await page.Page.Context.ClearCookiesAsync();
        await page.Expect("#away").ToContainTextAsync("You are signed out.");
        await page.Expect("#emails li").ToHaveCountAsync(1);
        if (!hasLogin)
            await page.Page.Context.AddCookiesAsync([new() { Name = "X-User", Value = "ann", Url = host.Url }]);
        await page["#signIn"].ClickAsync();

        await Assertions.Expect(page.Page).ToHaveURLAsync(new Regex("/outbox/\\?lane=tenant$"));
        await page.Expect("#emails li").ToHaveCountAsync(1);
        await page.Expect("#away").ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_and_the_page_goes_on_when_it_is_back()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = (await host.EnqueueManyAsync(1, cancellationToken: Cancellation))[0];
        await using var page = await OutboxBrowser.OpenAsync(host);
        await page["#emails a"].ClickAsync();
        await page.Expect("#subject").ToHaveTextAsync("Number 0");

        host.IsAway = true;
        await page.Expect("#away").ToContainTextAsync("The server does not answer.");
        await page["#cancel"].ClickAsync();
        await page["#confirm"].ClickAsync();
        await page.Expect("#decideProblem").ToHaveTextAsync("The server does not answer.");
        await page["#close"].ClickAsync();
        await page.Expect("#signIn").ToBeHiddenAsync();
        await page.Expect("#emails li").ToHaveCountAsync(1);
        await host.EnqueueManyAsync(1, cancellationToken: Cancellation);
        host.IsAway = false;

        await page.Expect("#away").ToBeHiddenAsync();
        await page.Expect("#emails li").ToHaveCountAsync(2);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task On_a_phone_nothing_is_wider_than_the_window_or_broken_by_the_letter()
    {
        await using var host = await OutboxPageHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 the mailbox is unknown here");
        await host.EnqueueAsync(new string('W', 80), OutboxState.DeadLettered, Cancellation);
        await host.EnqueueManyAsync(2, "a-tenant-with-a-name-of-some-length", Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, 390, "?state=DeadLettered");

        await page.Expect("#emails li").ToHaveCountAsync(1);
        await CheckAsync("list");
        await page["#moreFilters summary"].ClickAsync();
        await CheckAsync("filters");
        await page["#emails a"].ClickAsync();
        await page.Expect("#attempts li").ToHaveCountAsync(1);
        await CheckAsync("email");
        await page["#viewLanes"].ClickAsync();
        await page.Expect("#lanes tr").ToHaveCountAsync(1);
        await CheckAsync("lanes");
        await page["#viewChart"].ClickAsync();
        await page["#charts summary >> nth=1"].ClickAsync();
        await CheckAsync("chart");

        async Task CheckAsync(string name)
        {
            // What has no more than 20 characters is on one line.
            var broken = await page.Page.EvaluateAsync<string>("""
                () => {
                  if (document.documentElement.scrollWidth > innerWidth) return "wider than the window";
                  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
                  while (texts.nextNode()) {
                    for (const word of texts.currentNode.data.matchAll(/(?<!\S)[\p{L}\d]{2,20}(?!\S)/gu)) {
                      range.setStart(texts.currentNode, word.index);
                      range.setEnd(texts.currentNode, word.index + word[0].length);
                      const lines = new Set([...range.getClientRects()].filter(r => r.width > 0).map(r => Math.round(r.top)));
                      if (lines.size > 1) return `${word[0]} in ${texts.currentNode.data}`;
                    }
                  }
                  return "";
                }
                """);
            Assert.True(broken.Length == 0, $"{name}: {broken}");
        }
    }

    private static async Task TabToAsync(OutboxBrowser page, string selector, string key = "Tab")
    {
        for (var i = 0; i < 60; i++)
        {
            if (await page.Page.EvaluateAsync<bool>("id => document.activeElement?.id === id", selector[1..]))
                return;
            await page.Page.Keyboard.PressAsync(key);
        }
        Assert.Fail($"{selector} is not reached with {key}.");
    }
}
