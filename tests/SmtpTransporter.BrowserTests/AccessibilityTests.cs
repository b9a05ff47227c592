namespace SmtpTransport.BrowserTests;

/// <summary>The page of the mailbox against the rules of axe-core for WCAG 2.2, levels A and AA, in every state that it has.</summary>
public class AccessibilityTests
{
    // Each state: what is done, and what is then to be seen.
    private static readonly (string Name, string Do, string Until)[] States =
    [
        ("list", "", "#messages li"),
        ("HTML", "location.hash = '#/3'", "#pane iframe"),
        ("text", "document.querySelector('#tabText').click()", "#pane pre"),
        ("headers", "document.querySelector('#tabHeaders').click()", "#pane .rows"),
        ("source", "document.querySelector('#tabSource').click()", "#pane .meaning"),
        ("attachments", "document.querySelector('#tabAttachments').click()", "#pane .files"),
        ("diagnostics", "document.querySelector('#tabDiagnostics').click()", "#pane .findings"),
        ("HTML check", "document.querySelector('#tabSupport').click()", "#pane .findings"),
        ("links", "document.querySelector('#tabLinks').click()", "#pane .problem"),
        ("recipients", "document.querySelector('summary').click()", "details[open]"),
        ("help", "document.querySelector('#help').showModal()", "#help[open]"),
        ("release", "document.querySelector('#help').close(); document.querySelector('#release').showModal()", "#release[open]"),
        ("nothing found", """
            document.querySelector('#release').close(); location.hash = '';
            document.querySelector('#search').value = 'tea'; document.querySelector('#search').dispatchEvent(new Event('input'))
            """, "#nothing:not([hidden])"),
        ("away", "document.querySelector('#away').textContent = 'Away'; document.querySelector('#away').hidden = false", "#away"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_follows_WCAG_in_Chromium(bool dark)
    {
        await using var mailbox = await OpenAsync(1280, dark);

        await AxeCheck.CheckAsync(script => mailbox.Page.EvaluateAsync<string>(script), States);
    }

    [Fact]
    public async Task The_page_follows_WCAG_on_a_phone()
    {
        await using var mailbox = await OpenAsync(390, dark: false);

        await AxeCheck.CheckAsync(script => mailbox.Page.EvaluateAsync<string>(script), States);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_of_the_templates_follows_WCAG(bool dark)
    {
        var email = new Email { Subject = "Welcome", HtmlBody = "<p>Welcome</p>", TextBody = "Welcome {{name}}" };
        await using var mailbox = await MailboxPage.OpenAsync(1280, 900, dark, configure: o => o.Previews =
            new Dictionary<string, Func<CancellationToken, Task<Email>>> { ["welcome"] = _ => Task.FromResult(email) });
        await mailbox.Page.GotoAsync($"{mailbox.Url}/templates/");

        await AxeCheck.CheckAsync(
            script => mailbox.Page.EvaluateAsync<string>(script), ("templates", "", "#findings li"),
            ("text", "document.querySelector('#text').click()", "#plain:not([hidden])"));
    }

    [Fact]
    public async Task The_page_follows_WCAG_in_Firefox()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        await using var mailbox = await OpenAsync(1280, dark: false);
        await using var firefox = await FirefoxPage.OpenAsync(mailbox.Url + "/", limit.Token);

        Assert.Equal(
            "dark", await firefox.EvaluateAsync("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'", limit.Token));
        await AxeCheck.CheckAsync(script => firefox.EvaluateAsync(script, limit.Token), States);
    }

    private static async Task<MailboxPage> OpenAsync(int width, bool dark)
    {
        var transporter = new SmtpTransporter(ServerOptions.Parse("smtp://localhost:1"));
        var mailbox = await MailboxPage.OpenAsync(width, 900, dark, configure: o => o.ReleaseTransporter = transporter);
        mailbox.Receive("First", "Hello");
        mailbox.Receive("Second", "Hello");
        var email = new Email
        {
            From = "Shop <shop@example.com>",
            Subject = "Rechnung für {{name}}",
            TextBody = "See https://shop.example.com/ now.",
            HtmlBody = "<p style='display:grid'>See <a href='/shop'>the shop</a>. <img src='https://shop.example.com/a.png'></p>",
            Attachments = { MailAttachment.FromBytes([1, 2, 3], "a.pdf") },
            Headers = { { "X-Tags", "invoice" } },
        };
        for (var i = 1; i <= 9; i++)
            email.To.Add(new EmailAddress($"person{i}@example.org"));
        mailbox.Receive(email, DateTimeOffset.UnixEpoch);
        return mailbox;
    }
}
