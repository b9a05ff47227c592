using Microsoft.Playwright;

namespace SmtpTransport.BrowserTests;

/// <summary>
/// The page on screens of three widths, light and dark: it is never wider than the screen. The pictures are in the folder
/// <c>screenshots</c> beside the tests; those in <c>Reference</c> have been looked at.
/// </summary>
public class ReferenceScreenTests
{
    private const int ManyMessages = 10_000;

    private static readonly (int Width, int Height)[] Sizes = [(390, 844), (768, 1024), (1280, 800)];

    // What each tab shows.
    private static readonly (string Tab, string Content)[] Tabs =
    [
        ("Headers", ".rows"), ("Source", ".meaning"), ("Attachments", ".files"), ("Diagnostics", ".Error"), ("Support", "b code"),
        ("Links", ".problem"),
    ];

    private static readonly DateTimeOffset Day = new(2026, 3, 14, 9, 26, 0, TimeSpan.Zero);

    [Fact]
    public Task An_empty_mailbox_fits_the_screen() => ShowAsync("empty", 500, _ => { }, "#empty");

    [Fact]
    public Task Three_messages_fit_the_screen() => ShowAsync("three", 500, mailbox =>
    {
        mailbox.Receive(Create("Your order 4711 has been sent", "It is on its way.", "ann@example.org"), Day);
        mailbox.Receive(Create("Reset your password", "You have requested a new password.", "bob@example.net"), Day.AddMinutes(3));
        var email = Create("Autumn at the shop: 請求書", "Dear Ann, the new tea has arrived.", "Ann Lee <ann@example.org>");
        email.HtmlBody = Newsletter.Html;
        email.Attachments.Add(MailAttachment.FromBytes(Newsletter.Logo, "logo.png", cid: "logo"));
        email.Attachments.Add(MailAttachment.FromBytes(new byte[48_213], "Invoice 4711.pdf"));
        email.Headers.Add("X-Tags", "newsletter");
        mailbox.Receive(email, Day.AddMinutes(9));
    }, "#m3", "#pane iframe");

    [Fact]
    public Task Long_words_and_text_from_right_to_left_fit_the_screen() => ShowAsync("long", 500, mailbox =>
    {
        var word = string.Concat(Enumerable.Repeat("Donaudampfschifffahrtsgesellschaft", 6));
        mailbox.Receive(Create(word, word, $"{new string('a', 60)}@{new string('b', 60)}.example.org"), Day);
        var chinese = string.Concat(Enumerable.Repeat("谢谢您的订单。", 40));
        mailbox.Receive(Create("请查收附件中的发票", chinese, "陈 <chen@example.org>"), Day.AddMinutes(2));
        var email = Create(
            "مرحبا بكم في متجرنا الجديد",
            "شكرا لطلبكم رقم 4711 من shop.example.com.\n\n"
            + $"يمكنكم متابعة الطلب هنا: https://shop.example.com/4711\n\n{word}",
            "ليلى <layla@example.org>");
        for (var i = 1; i <= 30; i++)
            email.Cc.Add(new EmailAddress($"person{i}.{new string('c', 30)}@example.org"));
        mailbox.Receive(email, Day.AddMinutes(5));
    }, "#m3", "#pane pre");

    [Fact]
    public async Task Ten_thousand_messages_stay_usable()
    {
        await ShowAsync("many", ManyMessages, mailbox =>
        {
            for (var i = 1; i <= ManyMessages; i++)
            {
                var email = Create($"Order {i} has been sent", $"Package {i} is on its way.", $"person{i}@example.org");
                mailbox.Receive(email, Day.AddSeconds(i));
            }
        }, "#m10000", "#pane pre", async mailbox =>
        {
            var rows = mailbox.Page.Locator("#messages li");
            await Assertions.Expect(mailbox.Page.Locator("#count")).ToHaveTextAsync("10,000 messages, 9,999 unread");
            await Assertions.Expect(rows).ToHaveCountAsync(100);
            await mailbox.Page.Locator("#more").ClickAsync();
            await Assertions.Expect(rows).ToHaveCountAsync(200);
            await mailbox.Page.Locator("#search").FillAsync("person17@");
            await Assertions.Expect(rows).ToHaveCountAsync(1);
            await Assertions.Expect(rows).ToContainTextAsync("Order 17 has been sent");
            // The oldest message is behind many pages of the list, and its address leads to it.
            await mailbox.Page.GotoAsync($"{mailbox.Url}/#/1");
            await Assertions.Expect(mailbox.Page.Locator("#subject")).ToHaveTextAsync("Order 1 has been sent");
        });
    }

    [Fact]
    public async Task Each_tab_fits_the_screen()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1280, 800);
        var word = new string('w', 150);
        var email = Create("Rechnung für {{name}}: 請求書", "x", "ann@example.org");
        email.HtmlBody = $"""
            <p style="display:flex;position:absolute;background-image:url({word})">
            <a href="http://shop.example.com/{word}">https://{word}.example.com/</a> <a href="/relative">Shop</a> <img src="cid:none"></p>
            """;
        email.Attachments.Add(MailAttachment.FromBytes(new byte[5], $"{word}.pdf"));
        email.Attachments.Add(MailAttachment.FromBytes(new byte[5], "請求書.pdf"));
        email.Headers.Add("X-Long", word);
        mailbox.Receive(email, Day);
        await mailbox.OpenMessageAsync(email.Subject!);

        foreach (var (tab, content) in Tabs)
        {
            await mailbox.Page.Locator($"#tab{tab}").ClickAsync();
            await Assertions.Expect(mailbox.Page.Locator($"#pane {content}").First).ToBeVisibleAsync();
            await PhotographAsync(mailbox.Page, $"tab-{tab}", Sizes[0], Sizes[2]);
        }
    }

    private static Email Create(string subject, string text, string to) =>
        new() { From = "Shop <shop@example.com>", To = to, Subject = subject, TextBody = text };

    private static async Task ShowAsync(
        string name, int capacity, Action<MailboxPage> fill, string list, string? message = null, Func<MailboxPage, Task>? use = null)
    {
        await using var mailbox = await MailboxPage.OpenAsync(1280, 800, capacity: capacity);
        var page = mailbox.Page;
        fill(mailbox);
        await Assertions.Expect(page.Locator(list)).ToBeVisibleAsync();
        if (message is null)
            await PhotographAsync(page, name, Sizes);
        else
        {
            await page.SetViewportSizeAsync(Sizes[0].Width, Sizes[0].Height);
            await PhotographAsync(page, $"{name}-list", Sizes[0]);
            await page.Locator(list).ClickAsync();
            await Assertions.Expect(page.Locator(message)).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator($"{list}.new")).ToHaveCountAsync(0);
            await PhotographAsync(page, name, Sizes);
        }
        if (use is not null)
            await use(mailbox);
        Assert.Empty(mailbox.Errors);
    }

    private static async Task PhotographAsync(IPage page, string picture, params (int Width, int Height)[] sizes)
    {
        foreach (var (width, height) in sizes)
        {
            await page.SetViewportSizeAsync(width, height);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await page.EmulateMediaAsync(new() { ColorScheme = scheme });
                var path = Path.Combine(AppContext.BaseDirectory, "screenshots", $"{picture}-{width}-{scheme}.png".ToLowerInvariant());
                await page.ScreenshotAsync(new() { Path = path });
                Assert.True(await page.EvaluateAsync<bool>("""
                    document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight
                    && [...document.querySelectorAll(".list, .head, .pane")].every(e => e.scrollWidth <= e.clientWidth)
                    """), $"{picture} at {width} pixels");
            }
        }
    }
}
