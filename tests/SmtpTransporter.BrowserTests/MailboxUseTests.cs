using System.Text.RegularExpressions;
using Microsoft.Playwright;
using SmtpTransport.Testing;

namespace SmtpTransport.BrowserTests;

/// <summary>What one does all day with the page of the mailbox, in a browser.</summary>
public class MailboxUseTests
{
    [Fact]
    public async Task A_message_has_an_address_and_a_title()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("First", "Hello");
        mailbox.Receive("Second", "Hello");
        await mailbox.OpenMessageAsync("First");
        await Assertions.Expect(mailbox.Page).ToHaveURLAsync($"{mailbox.Url}/#/1");
        await Assertions.Expect(mailbox.Page).ToHaveTitleAsync("First – Mailbox");

        await mailbox.OpenMessageAsync("Second");
        await mailbox.Page.GoBackAsync();
        await Assertions.Expect(mailbox.Page.Locator("#subject")).ToHaveTextAsync("First");
        await mailbox.Page.GoBackAsync();
        await Assertions.Expect(mailbox.Page.Locator("#message")).ToBeHiddenAsync();
        await mailbox.Page.GotoAsync($"{mailbox.Url}/#/2");
        await mailbox.Page.ReloadAsync();
        await Assertions.Expect(mailbox.Page.Locator("#subject")).ToHaveTextAsync("Second");
        await mailbox.Page.GotoAsync($"{mailbox.Url}/#/77");
        await Assertions.Expect(mailbox.Page.Locator("#none")).ToContainTextAsync("no such message");
        // What is no name of a message, such as another path of the site, is never requested.
        foreach (var wrong in new[] { "../x", "%", "1/html" })
        {
            await mailbox.Page.GotoAsync($"{mailbox.Url}/#/{wrong}");
            await Assertions.Expect(mailbox.Page.Locator("#none")).ToHaveTextAsync("Select a message.");
        }
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task A_message_is_unread_until_it_is_opened_and_shows_sender_size_date_and_attachments()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Invoice", "Hello", null, "ann@example.org", MailAttachment.FromBytes(new byte[3000], "a.pdf"));
        var row = mailbox.Message("Invoice");

        await Assertions.Expect(row).ToContainTextAsync("Unread:");
        await Assertions.Expect(row).ToContainTextAsync("shop@example.com");
        await Assertions.Expect(row).ToContainTextAsync(new Regex(@"4\.\d KB · 1 attachment · to ann@example\.org"));
        await Assertions.Expect(row.Locator("time")).ToHaveAttributeAsync("datetime", new Regex("^20"));
        await mailbox.OpenMessageAsync("Invoice");
        await Assertions.Expect(row).Not.ToContainTextAsync("Unread:");
        await Assertions.Expect(mailbox.Page.Locator("#count")).ToHaveTextAsync("1 message");
        await mailbox.Page.ReloadAsync();
        await Assertions.Expect(row).Not.ToContainTextAsync("Unread:");
    }

    [Fact]
    public async Task The_open_message_can_be_deleted_and_the_next_one_follows()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("First", "Hello");
        mailbox.Receive("Second", "Hello");
        await mailbox.OpenMessageAsync("Second");

        await mailbox.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Assertions.Expect(mailbox.Page.Locator("#subject")).ToHaveTextAsync("First");
        await mailbox.Page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Assertions.Expect(mailbox.Page.Locator("#empty")).ToBeVisibleAsync();

        Assert.Equal(0, mailbox.Store.Count);
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task Remote_images_are_loaded_on_request_and_scripts_are_not()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Images", null, $$"""
            <p>words</p><img src="{{mailbox.Elsewhere}}/pixel" alt=""><script src="{{mailbox.Elsewhere}}/script"></script>
            <link rel="stylesheet" href="{{mailbox.Elsewhere}}/style">
            <style>@font-face { font-family: f; src: url({{mailbox.Elsewhere}}/font) }</style>
            """);
        await mailbox.OpenMessageAsync("Images");
        await Assertions.Expect(mailbox.Page.Locator(".tools")).ToContainTextAsync("1 remote image not loaded");
        Assert.Empty(mailbox.RequestsElsewhere);

        var request = mailbox.Page.WaitForRequestAsync("**/pixel");
        await mailbox.Page.GetByRole(AriaRole.Button, new() { Name = "Load remote images" }).ClickAsync();
        await request;
        await Assertions.Expect(mailbox.Page.Locator(".tools")).ToContainTextAsync("1 remote image loaded");
        await Assertions.Expect(mailbox.Page.FrameLocator("iframe").GetByText("words")).ToBeVisibleAsync();
        Assert.All(mailbox.RequestsElsewhere, path => Assert.Equal("/pixel", path));
    }

    [Fact]
    public async Task A_search_tells_that_it_found_nothing()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Order 1", "Hello");
        mailbox.Receive("Order 2", "Hello");
        await mailbox.Page.Locator("#search").FillAsync("order 2");
        await Assertions.Expect(mailbox.Page.Locator("#messages li")).ToHaveCountAsync(1);
        await Assertions.Expect(mailbox.Page.Locator("#count")).ToContainTextAsync("1 of 2 messages");

        await mailbox.Page.Locator("#search").FillAsync("tea");
        await Assertions.Expect(mailbox.Page.Locator("#nothing")).ToHaveTextAsync("Nothing found for “tea”.");
        await mailbox.Page.Locator("#search").FillAsync("");
        await Assertions.Expect(mailbox.Page.Locator("#nothing")).ToBeHiddenAsync();
        await Assertions.Expect(mailbox.Page.Locator("#messages li")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task On_a_phone_the_selected_tab_is_in_view_and_keys_are_not_told()
    {
        await using var mailbox = await MailboxPage.OpenAsync(390, 844);
        mailbox.Receive("Order", "Hello", "<p>Hello</p>");
        await Assertions.Expect(mailbox.Page.Locator("#keys")).ToBeHiddenAsync();
        await mailbox.OpenMessageAsync("Order");

        foreach (var tab in new[] { "Links", "HTML", "Diagnostics" })
        {
            await mailbox.Page.Locator($"#tab{tab}").ClickAsync();
            await Assertions.Expect(mailbox.Page.Locator($"#tab{tab}")).ToBeInViewportAsync(new() { Ratio = 1 });
        }
        await mailbox.Page.Locator("#back").ClickAsync();
        await Assertions.Expect(mailbox.Message("Order").Locator("a")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Many_recipients_are_folded()
    {
        await using var mailbox = await MailboxPage.OpenAsync(390, 844);
        var email = new Email { From = "a@example.com", Subject = "Many", TextBody = "Hello" };
        for (var i = 1; i <= 40; i++)
            email.To.Add(new EmailAddress($"person{i}@example.org"));
        mailbox.Receive(email, DateTimeOffset.UnixEpoch);
        await mailbox.OpenMessageAsync("Many");
        var fold = mailbox.Page.Locator("#facts details").First;

        await Assertions.Expect(fold.Locator("summary")).ToContainTextAsync("person3@example.org and 37 others");
        await Assertions.Expect(fold.GetByText("person40@example.org")).ToBeHiddenAsync();
        await fold.Locator("summary").ClickAsync();
        await Assertions.Expect(fold.GetByText("person40@example.org")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Addresses_in_the_text_are_links()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Confirm", "See https://shop.example.com/confirm?a=1&b=2. Or javascript:alert(1) <https://x.example/y>");
        await mailbox.OpenMessageAsync("Confirm");
        var links = mailbox.Page.Locator("#pane pre a");

        await Assertions.Expect(links).ToHaveCountAsync(2);
        await Assertions.Expect(links.First).ToHaveAttributeAsync("href", "https://shop.example.com/confirm?a=1&b=2");
        await Assertions.Expect(links.Last).ToHaveAttributeAsync("href", "https://x.example/y");
        await Assertions.Expect(links.First).ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
    }

    [Fact]
    public async Task The_source_shows_the_field_names_and_what_encoded_values_mean()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Rechnung für 請求書", "Hello", null, "ann@example.org", MailAttachment.FromBytes([1], "請求書.pdf"));
        await mailbox.OpenMessageAsync("Rechnung für 請求書");
        await mailbox.Page.Locator("#tabSource").ClickAsync();
        var pane = mailbox.Page.Locator("#pane");

        await Assertions.Expect(pane.Locator(".name", new() { HasTextString = "Subject:" })).ToHaveCountAsync(1);
        await Assertions.Expect(pane.Locator(".meaning").First).ToHaveTextAsync("= Rechnung für 請求書");
        await Assertions.Expect(pane.Locator(".meaning", new() { HasTextString = "請求書.pdf" }).First).ToBeVisibleAsync();
        await Assertions.Expect(pane.Locator(".boundary").First).ToBeVisibleAsync();
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task The_page_tells_what_programs_leave_out_and_what_is_wrong_with_links()
    {
        using var client = new HttpClient();
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800, configure: o => o.LinkClient = client);
        mailbox.Receive("Check", null, $"""
            <div style="display:flex"><a href="{mailbox.Elsewhere}/ok">ok</a> <a href="/relative">relative</a> <img src="cid:none"></div>
            """);
        await mailbox.OpenMessageAsync("Check");
        var pane = mailbox.Page.Locator("#pane");

        await mailbox.Page.Locator("#tabSupport").ClickAsync();
        await Assertions.Expect(pane).ToContainTextAsync("display: flex");
        await Assertions.Expect(pane).ToContainTextAsync("Not in Outlook for Windows");
        await mailbox.Page.Locator("#tabLinks").ClickAsync();
        await Assertions.Expect(pane).ToContainTextAsync("The address is relative");
        await Assertions.Expect(pane).ToContainTextAsync("No attachment has the Content-ID \"none\".");
        Assert.Empty(mailbox.RequestsElsewhere);
        await pane.GetByRole(AriaRole.Button, new() { Name = "Request the addresses" }).ClickAsync();
        await Assertions.Expect(pane).ToContainTextAsync("Answer: 200 OK");
        Assert.Equal(["/ok"], mailbox.RequestsElsewhere);
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task A_message_is_released_to_a_real_address()
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800, configure: o => o.ReleaseTransporter = transporter);
        mailbox.Receive("Welcome", "Hello");
        await mailbox.OpenMessageAsync("Welcome");

        await mailbox.Page.GetByRole(AriaRole.Button, new() { Name = "Release…" }).ClickAsync();
        await mailbox.Page.Locator("#releaseTo").FillAsync("me@example.net, you@example.net");
        await mailbox.Page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(mailbox.Page.Locator("#releaseResult")).ToContainTextAsync("Accepted");

        Assert.Equal(["me@example.net", "you@example.net"], Assert.Single(server.Messages).Recipients);
    }

    [Fact]
    public async Task Single_character_shortcuts_can_be_turned_off()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Order", "Hello");
        await mailbox.OpenMessageAsync("Order");
        await mailbox.Page.Locator("#keys").ClickAsync();
        await mailbox.Page.Locator("#letters").UncheckAsync();
        await mailbox.Page.Keyboard.PressAsync("Escape");

        await mailbox.Page.Keyboard.PressAsync("d");
        await mailbox.Page.Keyboard.PressAsync("/");
        Assert.Equal(1, mailbox.Store.Count);
        await Assertions.Expect(mailbox.Page.Locator("#search")).Not.ToBeFocusedAsync();
        await mailbox.Page.Keyboard.PressAsync("Delete");
        await Assertions.Expect(mailbox.Page.Locator("#empty")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_page_tells_that_the_server_is_away_and_goes_on_when_it_is_back()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Order", "Hello");
        await Assertions.Expect(mailbox.Message("Order")).ToBeVisibleAsync();

        await mailbox.StopServerAsync();
        await Assertions.Expect(mailbox.Page.Locator("#away")).ToContainTextAsync("The server does not answer");
        await Assertions.Expect(mailbox.Message("Order")).ToBeVisibleAsync();
        await mailbox.StartServerAsync();
        mailbox.Receive("Later", "Hello");
        await Assertions.Expect(mailbox.Page.Locator("#away")).ToBeHiddenAsync();
        await Assertions.Expect(mailbox.Message("Later")).ToBeVisibleAsync();
    }
}
