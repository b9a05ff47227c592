using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of the outbox, in a browser: what it finds, shows and does.</summary>
public sealed class OutboxPageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_shows_and_resends_a_dead_letter()
    {
        await using var host = await OutboxPageHost.StartAsync();
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 <img src=x onerror=document.title='run'> unknown");
        var id = await host.EnqueueAsync("<i>Invoice</i> 七", OutboxState.DeadLettered, Cancellation);
        var other = await host.EnqueueAsync("Other", OutboxState.Sent, Cancellation);
        var bounce = new FeedbackRecipient
        {
            Address = "ann@example.org",
            Action = FeedbackAction.Failed,
            Category = FeedbackCategory.Hard,
            Diagnostic = "550 5.1.1 <b>gone</b>",
        };
        await host.Outbox.RecordFeedbackAsync(
            new EmailFeedback { Kind = FeedbackKind.DeliveryReport, EmailId = other.ToString("D"), Recipients = [bounce] },
            cancellationToken: Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host);

        await page.Expect("#emails li").ToHaveCountAsync(2);
        await Assertions.Expect(page.Page).ToHaveTitleAsync("(1) Outbox");
        await page["#stateDeadLettered"].ClickAsync();
        await page.Expect("#emails li").ToHaveCountAsync(1);
        await page["#emails a"].ClickAsync();
        await page.Expect("#subject").ToHaveTextAsync("<i>Invoice</i> 七");
        await page.Expect("#attempts").ToContainTextAsync("<img src=x");
        await page.Expect("#attempts").ToContainTextAsync("What to do: Check the address for typing errors");
        await page.Expect("#recipients").ToContainTextAsync("ann@example.org");
        await page.Expect($"#attempts time[datetime^='{DateTimeOffset.UtcNow:yyyy}']").ToBeVisibleAsync();

        await page["#resend"].ClickAsync();
        await page["#reason"].FillAsync("mailbox made");
        await page["#confirm"].ClickAsync();
        await page.Expect("#doneText").ToHaveTextAsync("The email will be sent again.");
        await page.Expect("#undo").ToBeHiddenAsync();
        await page.Expect("#facts dd >> nth=0").ToHaveTextAsync("Sent");
        await page.Expect("#attempts").ToContainTextAsync("Reason: mailbox made");
        await page.Expect("#actions button").ToHaveCountAsync(0);
        await page.Expect("#empty").ToBeVisibleAsync();
        await Assertions.Expect(page.Page).ToHaveTitleAsync("Outbox");
        Assert.Equal(2, host.Server.Messages.Count);
        Assert.Contains((await host.Outbox.GetAsync(id, Cancellation))!.History, a => a is { By: "ann", Reason: "mailbox made" });

        await page["#stateSent"].ClickAsync();
        await page.Expect("#email").ToBeHiddenAsync();
        await page["#emails a >> nth=0"].ClickAsync();
        await page.Expect("#recipients").ToContainTextAsync("Came back: Bounced (Hard)");
        await page.Expect("#recipients").ToContainTextAsync("550 5.1.1 <b>gone</b>");
        await page.Expect("#attempts").ToContainTextAsync("Report by feedback");
    }

    [Fact]
    public async Task The_page_pauses_the_sending_and_cancels_an_email_on_a_phone_and_undoes_it()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, 390);

        await page["#pause"].ClickAsync();
        await page["#reason"].FillAsync("outage");
        await page["#confirm"].ClickAsync();
        await page.Expect("#pause").ToHaveTextAsync("Resume");
        Assert.Equal("outage", Assert.Single(await host.Outbox.ListPausesAsync(Cancellation)).Reason);
        await page["#pause"].ClickAsync();
        await page.Expect("#pause").ToHaveTextAsync("Pause…");
        await page["#emails a"].ClickAsync();
        await page.Expect("#list").ToBeHiddenAsync();
        await page["#cancel"].ClickAsync();
        await page["#confirm"].ClickAsync();
        await page.Expect("#facts dd >> nth=0").ToHaveTextAsync("Canceled");
        await page["#back"].ClickAsync();
        await page.Expect("#emails").ToContainTextAsync("Canceled");
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(id, Cancellation))!.State);

        await page["#undo"].ClickAsync();
        await page.Expect("#doneText").ToHaveTextAsync("1 email was restored.");
        await page.Expect("#emails").ToContainTextAsync("Waiting");
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task A_search_is_in_the_address_and_so_in_a_link_and_after_a_reload()
    {
        await using var host = await OutboxPageHost.StartAsync();
        await host.EnqueueManyAsync(3, "tenant", Cancellation);
        await host.EnqueueManyAsync(2, cancellationToken: Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host);

        await page["#recipient"].FillAsync("U1@example.org");
        await page["#recipient"].PressAsync("Enter");
        await page.Expect("#emails li").ToHaveCountAsync(2);
        await page["#moreFilters summary"].ClickAsync();
        await page["[name=lane]"].FillAsync("tenant");
        await page["[name=before]"].FillAsync("2999-01-01T10:00");
        await page["#filters button"].ClickAsync();
        await page.Expect("#emails li").ToHaveCountAsync(1);
        await page.Page.ReloadAsync();
        await page.Expect("#emails li").ToHaveCountAsync(1);
        await page.Expect("[name=before]").ToHaveValueAsync("2999-01-01T10:00");
        await page.Expect("#chips li").ToHaveCountAsync(3);

        var link = page.Page.Url;
        await page["#chips a >> nth=0"].ClickAsync();
        await page.Expect("#emails li").ToHaveCountAsync(3);
        await page.Page.GoBackAsync();
        await page.Expect("#emails li").ToHaveCountAsync(1);
        Assert.Equal(link, page.Page.Url);

        await page.Page.GotoAsync($"{host.Url}/?lane=");
        await page.Expect("#emails li").ToHaveCountAsync(2);
        await page.Expect("#chips").ToContainTextAsync("Lane: without a name");
    }

    [Fact]
    public async Task All_that_match_are_counted_and_canceled_and_restored()
    {
        await using var host = await OutboxPageHost.StartAsync();
        await host.EnqueueManyAsync(120, "tenant", Cancellation);
        var others = await host.EnqueueManyAsync(1, cancellationToken: Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, query: "?lane=tenant");

        await page["#cancelAll"].ClickAsync();
        await page.Expect("#decideText").ToHaveTextAsync("120 emails match (waiting).");
        await page["#close"].ClickAsync();
        await page.Expect("#cancelAll").ToBeFocusedAsync();
        await page["#cancelAll"].ClickAsync();
        await page.Expect("#confirm").ToHaveTextAsync("Cancel 120");
        await page["#reason"].FillAsync("wrong list");
        await page["#confirm"].ClickAsync();
        await page.Expect("#doneText").ToHaveTextAsync("120 emails were canceled.");
        await page.Expect("#emails .Canceled").ToHaveCountAsync(100);
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(others[0], Cancellation))!.State);

        await page["#undo"].ClickAsync();
        await page.Expect("#doneText").ToHaveTextAsync("120 emails were restored.");
        await page.Expect("#emails .Waiting").ToHaveCountAsync(100);
    }

    [Fact]
    public async Task The_list_is_turned_in_both_directions_and_its_end_is_one_step_away()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var ids = (await host.EnqueueManyAsync(230, cancellationToken: Cancellation)).Select(id => $"m{id}")
            .OrderDescending(StringComparer.Ordinal).ToList();
        await using var page = await OutboxBrowser.OpenAsync(host);

        await ExpectAsync(ids[..100]);
        await page["#oldest"].ClickAsync();
        await ExpectAsync(ids[^100..]);
        await page["#newer"].ClickAsync();
        await ExpectAsync(ids[30..130]);
        await page.Page.ReloadAsync();
        await ExpectAsync(ids[30..130]);
        // The newest page is the one that others come into.
        await page["#newer"].ClickAsync();
        await ExpectAsync(ids[..100]);
        await Assertions.Expect(page.Page).ToHaveURLAsync(new Regex("/outbox/\\?*$"));
        await page["#older"].ClickAsync();
        await ExpectAsync(ids[100..200]);

        async Task ExpectAsync(List<string> expected)
        {
            await page.Expect("#emails a >> nth=0").ToHaveIdAsync(expected[0]);
            await page.Expect("#emails a >> nth=99").ToHaveIdAsync(expected[99]);
        }
    }

    [Fact]
    public async Task What_there_is_of_a_person_is_counted_and_erased()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var sent = await host.EnqueueAsync("Receipt", OutboxState.Sent, Cancellation);
        await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, query: "?recipient=ann%40example.org&state=Waiting");

        await page["#erase"].ClickAsync();
        await page.Expect("#decideTitle").ToHaveTextAsync("Erase what there is of ann@example.org?");
        await page.Expect("#decideText").ToHaveTextAsync(
            "1 email to this address has ended. 1 email waits, is being sent or is parked.");
        await page["#cancelWaiting"].CheckAsync();
        await page["#reason"].FillAsync("request 7");
        await page["#confirm"].ClickAsync();

        await page.Expect("#doneText").ToHaveTextAsync("2 emails were erased.");
        await page.Expect("#emails li").ToHaveCountAsync(0);
        Assert.True((await host.Outbox.GetAsync(sent, Cancellation))!.IsErased);
    }

    [Fact]
    public async Task The_message_of_an_email_is_downloaded_by_who_may()
    {
        await using var host = await OutboxPageHost.StartAsync(messagePolicy: "ann");
        await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host);
        await page["#emails a"].ClickAsync();

        var download = await page.Page.RunAndWaitForDownloadAsync(() => page["#message"].ClickAsync());

        Assert.EndsWith(".eml", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Contains("4711", await File.ReadAllTextAsync(await download.PathAsync(), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_match_are_downloaded()
    {
        await using var host = await OutboxPageHost.StartAsync();
        await host.EnqueueManyAsync(3, "tenant", Cancellation);
        await host.EnqueueManyAsync(1, cancellationToken: Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host, query: "?lane=tenant");

        var download = await page.Page.RunAndWaitForDownloadAsync(() => page["#csvAll"].ClickAsync());

        Assert.EndsWith(".csv", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Equal(4, (await File.ReadAllLinesAsync(await download.PathAsync(), Cancellation)).Length);
    }

    [Fact]
    public async Task The_lanes_have_their_rate_and_lead_to_their_emails_and_the_chart_is_a_table_too()
    {
        await using var host = await OutboxPageHost.StartAsync(configure: o => o.LimitRate(14, TimeSpan.FromSeconds(1), lane: "tenant"));
        await host.EnqueueManyAsync(3, "tenant", Cancellation);
        await host.EnqueueManyAsync(2, cancellationToken: Cancellation);
        await host.EnqueueAsync("Now", OutboxState.Sent, Cancellation);
        await using var page = await OutboxBrowser.OpenAsync(host);

        await page["#viewLanes"].ClickAsync();
        await page.Expect("#lanesTitle").ToBeFocusedAsync();
        await page.Expect("#lanes tr").ToHaveCountAsync(2);
        await page.Expect("#lanes tr >> nth=1").ToContainTextAsync("14 a second");
        await page["#lanes button >> nth=1"].ClickAsync();
        await page["#confirm"].ClickAsync();
        await page.Expect("#lanes tr >> nth=1").ToContainTextAsync("Paused: lane \"tenant\"");
        await page.Expect("#lanes button >> nth=1").ToHaveTextAsync("Resume");
        await page["#lanes button >> nth=1"].ClickAsync();
        await page.Expect("#lanes button >> nth=1").ToHaveTextAsync("Pause…");
        // What is not one lane of the table.
        await page["#pauseOther"].ClickAsync();
        await page.Expect("#pauseLane").ToBeFocusedAsync();
        await page["#confirm"].ClickAsync();
        await page.Expect("#decideProblem").ToHaveTextAsync("Name a lane or a transporter.");
        await page["#pauseLane"].FillAsync("empty");
        await page["#reason"].FillAsync("moves");
        await page["#confirm"].ClickAsync();
        await page.Expect("#pauses li").ToHaveCountAsync(1);
        await page.Expect("#pauseOther").ToBeFocusedAsync();
        await page["#pause"].ClickAsync();
        await page["#confirm"].ClickAsync();
        await page.Expect("#pauses li").ToHaveCountAsync(2);
        await page.Expect("#pauses li >> nth=0").ToContainTextAsync("Paused: lane \"empty\" of all transporters, by ann: moves since");
        await page["#pauses button >> nth=0"].ClickAsync();
        await page.Expect("#pauses li").ToHaveCountAsync(1);
        await page["#pauses button"].ClickAsync();
        await page.Expect("#pauses li").ToHaveCountAsync(0);
        await page["#lanes a >> nth=1"].ClickAsync();
        await page.Expect("#emails li").ToHaveCountAsync(3);

        await page["#viewChart"].ClickAsync();
        await page.Expect("#hourChart svg").ToHaveAttributeAsync(
            "aria-label", "The last hour: 1 sent, 0 failed. At most 1 sent in a minute.");
        await page["#charts summary >> nth=1"].ClickAsync();
        await page.Expect("#dayRows tr").ToHaveTextAsync(new Regex(".*10$"));
    }
}
