using Microsoft.Playwright;
using SmtpTransport.AppTests.Outbox;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;

namespace SmtpTransport.BrowserTests;

/// <summary>The page of the outbox against the rules of axe-core for WCAG 2.2, levels A and AA, in every state that it has.</summary>
public sealed class OutboxAccessibilityTests
{
    private static readonly (string Name, string Do, string Until)[] States =
    [
        ("queue", "", "#emails li"),
        ("filters", "document.querySelector('#moreFilters').open = true", "#moreFilters[open]"),
        ("filters in use", """
            document.querySelector('[name=lane]').value = 'tenant'; document.querySelector('[name=after]').value = '2026-01-01T10:00';
            document.querySelector('#filters').requestSubmit()
            """, "#chips li:nth-child(2)"),
        ("nothing found", "document.querySelector('#stateCanceled').click()", "#empty:not([hidden])"),
        ("dead letters", "document.querySelector('#viewEmails').click(); document.querySelector('#stateDeadLettered').click()",
            "#emails .DeadLettered"),
        ("opened email", "document.querySelector('#emails a').click()", "#email:not([hidden]) #attempts li .remedy"),
        ("decision", "document.querySelector('#discard').click()", "#decide[open]"),
        ("decision about all", "document.querySelector('#close').click(); document.querySelector('#discardAll').click()",
            "#decide[open] #confirm:not([disabled])"),
        ("undo", "document.querySelector('#decideForm').requestSubmit()", "#undo:not([hidden])"),
        ("lanes", "document.querySelector('#viewLanes').click()", "#lanes tr:nth-child(2)"),
        ("a pause", "document.querySelector('#pauseOther').click()", "#decide[open] #pauseFields:not([hidden])"),
        ("what is paused", """
            document.querySelector('#pauseLane').value = 'tenant'; document.querySelector('#decideForm').requestSubmit()
            """, "#pauses li"),
        ("a person", """
            document.querySelector('#viewEmails').click(); document.querySelector('#recipient').value = 'ann@example.org';
            document.querySelector('#filters').requestSubmit()
            """, "#erase"),
        ("an erasure", "document.querySelector('#erase').click()", "#decide[open] #confirm:not([disabled])"),
        ("after the erasure", "document.querySelector('#close').click()", "#decide:not([open])"),
        ("chart", "document.querySelector('#viewChart').click()", "#dayChart svg"),
        ("chart as a table", "document.querySelectorAll('#charts details').forEach(d => { d.open = true; })", "#dayRows tr"),
        ("signed out", """
            document.querySelector('#awayText').textContent = 'You are signed out.'; document.querySelector('#away').hidden = false;
            document.querySelector('#signIn').hidden = false
            """, "#away"),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    public async Task The_page_of_the_outbox_follows_WCAG_in_Chromium(int width, bool dark)
    {
        await using var host = await StartAsync();
        var page = await Chromium.OpenPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
        });
        await page.GotoAsync(host.Url);

        await AxeCheck.CheckAsync(script => page.EvaluateAsync<string>(script), States);
        await page.CloseAsync();
    }

    [Fact]
    public async Task The_page_of_the_outbox_follows_WCAG_in_Firefox()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await using var host = await StartAsync();
        await using var firefox = await FirefoxPage.OpenAsync(host.Url, limit.Token);

        await AxeCheck.CheckAsync(script => firefox.EvaluateAsync(script, limit.Token), States);
    }

    private static async Task<OutboxPageHost> StartAsync()
    {
        var host = await OutboxPageHost.StartAsync(
            hasLogin: true, configure: o => o.LimitRate(14, TimeSpan.FromSeconds(1), lane: "tenant"));
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no such user");
        await host.EnqueueAsync("Invoice", OutboxState.DeadLettered, Cancellation);
        await host.EnqueueAsync("Receipt", OutboxState.Sent, Cancellation);
        await host.EnqueueManyAsync(101, "tenant", Cancellation);
        await host.EnqueueManyAsync(2, cancellationToken: Cancellation);
        return host;
    }
}
