using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Templates;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

public sealed class LiquidTemplateTests : TemplateTest
{
    private static readonly byte[] Pixel = Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7");

    [Fact]
    public async Task An_email_has_subject_html_and_text_of_one_file()
    {
        var email = await RenderAsync(
            "<html><head><title>Welcome,\n {{ Name }} &amp; co.</title></head><body><p>Hello {{ name }}</p></body></html>",
            new { Name = "Ann <b>" });

        Assert.Equal("Welcome, Ann <b> & co.", email.Subject);
        Assert.Contains("<p>Hello Ann &lt;b&gt;</p>", email.HtmlBody, StringComparison.Ordinal);
        Assert.Equal("Hello Ann <b>", email.TextBody?.Trim());
    }

    [Fact]
    public async Task A_dictionary_is_a_model_too()
    {
        var email = await RenderAsync("{{ name }}", new Dictionary<string, object> { ["name"] = "Åsa 山" });

        Assert.Equal("Åsa 山", email.HtmlBody);
    }

    [Fact]
    public async Task Layout_and_partials_have_the_model_and_what_the_body_assigned()
    {
        Write("layouts/base.liquid", "<title>{{ heading }}</title><main>{% renderbody %}</main>{{ name }}");
        Write("partials/button.liquid", "<a href=\"{{ url }}\">{{ text }}</a>");

        var email = await RenderAsync(
            "{% layout 'layouts/base' %}{% assign heading = 'Hi' %}{% render 'partials/button', url: '/x', text: name %}",
            new { name = "Ann" });

        Assert.Equal("Hi", email.Subject);
        Assert.Contains("<main><a href=\"/x\">Ann</a></main>Ann", email.HtmlBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de-AT", "Servus / unten")]
    [InlineData("de-CH", "Hallo / unten")]
    [InlineData("fr", "Hello / below")]
    [InlineData("", "Hello / below")]
    public async Task A_file_is_that_of_the_culture_or_of_its_parents(string culture, string expected)
    {
        Write("welcome.liquid", "Hello / {% include 'foot' %}");
        Write("welcome.de.liquid", "Hallo / {% include 'foot' %}");
        Write("welcome.de-AT.liquid", "Servus / {% include 'foot' %}");
        Write("foot.liquid", "below");
        Write("foot.de.liquid", "unten");

        var email = await Create().RenderAsync("welcome", null, CultureInfo.GetCultureInfo(culture), Cancellation);

        Assert.Equal(expected, email.HtmlBody);
    }

    [Fact]
    public async Task The_culture_of_the_thread_has_no_influence_and_is_not_changed()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            const string Text = "{{ 1.5 | plus: 1 }} {{ n }} {{ n | format_number: 'N2' }} {{ d | format_date: 'd' }}";
            var model = new { n = 1234.5m, d = new DateTime(2026, 1, 31) };
            Write("test.liquid", Text);
            var templates = Create();

            var invariant = await templates.RenderAsync("test", model, cancellationToken: Cancellation);
            var swedish = await templates.RenderAsync("test", model, CultureInfo.GetCultureInfo("sv-SE"), Cancellation);

            Assert.Equal("2.5 1234.5 1,234.50 01/31/2026", invariant.HtmlBody);
            Assert.Equal("2,5 1234,5 1&#xA0;234,50 2026-01-31", swedish.HtmlBody);
            Assert.Equal("de-DE", CultureInfo.CurrentCulture.Name);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public async Task Every_time_is_shown_in_the_zone_of_the_options()
    {
        var time = new DateTimeOffset(2026, 7, 1, 22, 30, 0, TimeSpan.Zero);

        var email = await RenderAsync(
            "{{ o }}|{{ o | date: '%d %H:%M %z' }}|{{ u | date: '%H:%M' }}|{{ l | date: '%H:%M' }}|{{ 'now' | date: '%H:%M' }}",
            new { o = time, u = time.UtcDateTime, l = new DateTime(2026, 7, 1, 8, 0, 0) },
            o => (o.TimeZone, o.TimeProvider) = (TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), new FakeTimeProvider(time)));

        Assert.Equal("2026-07-02 00:30:00 +02:00|02 00:30 &#x2B;0200|00:30|08:00|00:30", email.HtmlBody);
    }

    [Theory]
    [InlineData("a\n{{ nam }}", "test.liquid, line 2: \"nam\" is UNKNOWN Did you mean \"name\"?")]
    [InlineData("{{ customer.adress }}", "test.liquid, line 1: \"adress\" is UNKNOWN Did you mean \"Address\"?")]
    [InlineData("\n\n{% if naem %}x{% endif %}", "test.liquid, line 3: \"naem\" is UNKNOWN Did you mean \"name\"?")]
    [InlineData("{{ zzz }}", "test.liquid, line 1: \"zzz\" is UNKNOWN Known: Address, customer, name.")]
    [InlineData("{{ name | upcas }}", "test.liquid, line 1: there is no filter \"upcas\". Did you mean \"upcase\"?")]
    [InlineData("\n{% include 'buton' %}", "test.liquid, line 2: there is no template \"buton\". Did you mean \"button\"?")]
    [InlineData("{% layout 'bas' %}", "bas: there is no such template in \"FOLDER\". Did you mean \"base\"?")]
    [InlineData("x\n{% include 'button' %}", "button.liquid, line 2: \"nome\" is UNKNOWN Did you mean \"name\"?")]
    public async Task An_error_names_template_line_and_the_nearest_names(string text, string expected)
    {
        Write("button.liquid", "<b>\n{{ nome }}</b>");
        Write("base.liquid", "{% renderbody %}");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => RenderAsync(text, new { name = "Ann", customer = new { Address = "x" } }));

        Assert.Equal(
            expected.Replace("FOLDER", Folder, StringComparison.Ordinal)
                .Replace("UNKNOWN", "not a variable or member that the template knows.", StringComparison.Ordinal),
            error.Message);
    }

    [Fact]
    public async Task A_file_that_is_not_Liquid_is_named_with_its_line()
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync("a\nb {% if x %}"));

        Assert.Equal("test.liquid, line 2: this is not valid Liquid: '{% endif %}' was expected at (2:13)", error.Message);
        Assert.Equal(("test.liquid", 2), (error.Template, error.Line));
    }

    [Fact]
    public async Task A_partial_that_is_not_Liquid_is_named()
    {
        Write("part.liquid", "\n\n{{ name | }}");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync("{% include 'part' %}", new { name = 1 }));

        Assert.Equal(("part.liquid", 3), (error.Template, error.Line));
    }

    [Fact]
    public async Task A_missing_template_is_an_error_with_the_nearest_names()
    {
        Write("welcome.de.liquid", "x");
        Write("welcome.liquid", "x");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => Create().RenderAsync("wellcome", cancellationToken: Cancellation));

        Assert.Equal($"wellcome: there is no such template in \"{Folder}\". Did you mean \"welcome\"?", error.Message);
    }

    [Fact]
    public async Task A_template_outside_the_folder_does_not_exist()
    {
        Write("in/test.liquid", "{% include '../secret' %}");
        Write("secret.liquid", "secret");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => Create(o => o.Folder = Path.Combine(Folder, "in")).RenderAsync("test", cancellationToken: Cancellation));

        Assert.Contains("there is no template \"../secret\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_null_is_not_an_error()
    {
        Write("part.liquid", "{% if title %}x{% endif %}{{ title }}.");

        var email = await RenderAsync(
            "{{ nick }}{% assign a = nick %}{{ a }}{% for i in items %}[{{ i }}]{% endfor %}{% render 'part', title: nick %}",
            new { nick = (string?)null, items = new[] { "a", null } });

        Assert.Equal("[a][].", email.HtmlBody);
    }

    [Fact]
    public async Task Without_strictness_what_is_unknown_is_empty()
    {
        var email = await RenderAsync("[{{ nam }}{{ customer.nam }}]", new { customer = new { name = 1 } }, o => o.IsStrict = false);

        Assert.Equal("[]", email.HtmlBody);
    }

    [Fact]
    public async Task A_file_that_changes_is_read_again()
    {
        var time = new FakeTimeProvider();
        Write("a.liquid", "{% include 'part' %}");
        Write("part.liquid", "one");
        File.SetLastWriteTimeUtc(Path.Combine(Folder, "part.liquid"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var templates = Create(o => o.TimeProvider = time);
        var before = await templates.RenderAsync("a", cancellationToken: Cancellation);

        Write("part.liquid", "two");
        var soon = await templates.RenderAsync("a", cancellationToken: Cancellation);
        time.Advance(TimeSpan.FromSeconds(1));
        var later = await templates.RenderAsync("a", cancellationToken: Cancellation);

        Assert.Equal(["one", "one", "two"], [before.HtmlBody, soon.HtmlBody, later.HtmlBody]);
    }

    [Fact]
    public async Task Texts_are_translated_by_the_culture_of_the_email()
    {
        Write("test.liquid", "{{ 'Hello' | t }} {{ 'Bye' | t }}");
        var templates = Create(o => o.Translate = (text, culture) =>
            text == "Hello" && culture.Name == "de" && CultureInfo.CurrentUICulture.Name == "de" ? "Hallo" : null);

        var email = await templates.RenderAsync("test", null, CultureInfo.GetCultureInfo("de"), Cancellation);

        Assert.Equal("Hallo Bye", email.HtmlBody);
    }

    [Fact]
    public async Task A_preheader_is_hidden_and_not_in_the_text()
    {
        var email = await RenderAsync("<body>{% preheader %}For {{ name }}{% endpreheader %}<p>Body</p></body>", new { name = "<Ann>" });

        Assert.Contains("mso-hide:all\">For &lt;Ann&gt;\n&#847;", email.HtmlBody, StringComparison.Ordinal);
        Assert.Equal("Body", email.TextBody?.Trim());
    }

    [Fact]
    public async Task A_link_that_unsubscribes_becomes_header_fields()
    {
        var email = await RenderAsync("{% unsubscribe url %}Stop{% endunsubscribe %}", new { url = "https://example.com/u?a=1&b=2" });

        Assert.Equal("<a href=\"https://example.com/u?a=1&amp;b=2\" rel=\"unsubscribe\">Stop</a>", email.HtmlBody);
        Assert.Equal([new Uri("https://example.com/u?a=1&b=2")], email.MailingList.Unsubscribe);
        Assert.True(email.MailingList.UnsubscribesOnPost);
    }

    [Fact]
    public async Task A_mailto_link_unsubscribes_by_email()
    {
        var email = await RenderAsync("<a rel=\"nofollow unsubscribe\" href=\"mailto:u@example.com?subject=stop\">Stop</a>");

        Assert.Equal([new Uri("mailto:u@example.com?subject=stop")], email.MailingList.Unsubscribe);
        Assert.False(email.MailingList.UnsubscribesOnPost);
    }

    [Theory]
    [InlineData("http://example.com/u?token=1", "begins with \"http:\"")]
    [InlineData("/u?token=1", "has no scheme")]
    [InlineData("https://", "is not valid")]
    public async Task A_link_that_unsubscribes_without_TLS_is_an_error_that_keeps_its_token(string address, string problem)
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync($"<a rel=\"unsubscribe\" href=\"{address}\">x</a>"));

        Assert.Equal(
            $"test: The address of the link with rel=\"unsubscribe\" {problem}; it must be an https: or mailto: address (RFC 8058).",
            error.Message);
    }

    [Fact]
    public async Task A_mailto_link_that_is_not_valid_is_an_error_that_keeps_its_address()
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => RenderAsync("<a rel=\"unsubscribe\" href=\"mailto:secret@\">x</a>"));

        Assert.StartsWith("test: The mailto is not a valid address", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_of_the_folder_become_inline_parts()
    {
        await File.WriteAllBytesAsync(Path.Combine(Folder, "logo.gif"), Pixel, Cancellation);

        var email = await RenderAsync("<img src=\"logo.gif\" alt=\"Shop\"><img src=\"https://example.com/a.gif\">");

        var image = Assert.Single(email.Attachments);
        Assert.Equal(("logo.gif", "image/gif", "inline"), (image.Name, image.Type, image.Disposition));
        Assert.Equal($"<img src=\"cid:{image.Cid}\" alt=\"Shop\"><img src=\"https://example.com/a.gif\">", email.HtmlBody);
        Assert.Equal(Pixel, image.GetContent());
    }

    [Fact]
    public async Task An_image_that_is_missing_is_an_error()
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync("<img src=\"logo.gif\">"));

        Assert.Equal($"test: The image \"logo.gif\" does not exist in \"{Folder}\".", error.Message);
    }

    [Fact]
    public async Task The_application_completes_each_email()
    {
        var email = await RenderAsync("x", null, o => o.OnRendered = e => e.From = "shop@example.com");

        Assert.Equal("shop@example.com", email.From.ToString());
    }

    [Fact]
    public async Task Many_callers_render_at_once()
    {
        Write("test.liquid", "<style>b{color:red}</style>{% for i in (1..n) %}<b>{{ n }}</b>{% endfor %}");
        var templates = Create();

        var emails = await Task.WhenAll(Enumerable.Range(1, 50).Select(
            n => Task.Run(() => templates.RenderAsync("test", new { n }, cancellationToken: Cancellation))));

        Assert.Equal(
            Enumerable.Range(1, 50).Select(n => string.Concat(Enumerable.Repeat($"<b style=\"color: red\">{n}</b>", n))),
            emails.Select(e => e.HtmlBody));
    }
}
