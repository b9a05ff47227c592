using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Templates;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

public sealed class RazorTemplateTests : TemplateTest
{
    private static readonly DateTimeOffset At = new(2026, 7, 1, 22, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_component_in_its_layout_is_an_email()
    {
        var email = await Create().RenderComponentAsync<WelcomeEmail>(new { name = "<Ann>" }, cancellationToken: Cancellation);

        Assert.Equal("Welcome", email.Subject);
        Assert.StartsWith("<!DOCTYPE html>", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("<p style=\"color: red\" class=\"lead\">Hello &lt;Ann&gt;, 0.00", email.HtmlBody, StringComparison.Ordinal);
        Assert.StartsWith("Hello <Ann>, 0.00", email.TextBody?.Trim(), StringComparison.Ordinal);
        Assert.Equal([new Uri("https://example.com/u?a=1&b=2")], email.MailingList.Unsubscribe);
    }

    [Fact]
    public async Task Conditions_of_Outlook_are_written_as_they_must_be()
    {
        var email = await Create().RenderComponentAsync<WelcomeEmail>(new { Name = "-->" }, cancellationToken: Cancellation);

        Assert.Contains("<!--[if gte mso 9]><table><tr><td>--&gt;</td></tr></table><![endif]-->", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("<!--[if !mso]><!--><p", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("</p><!--<![endif]-->", email.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_and_times_follow_the_culture_and_the_zone_that_are_given()
    {
        var templates = Create(o => o.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));

        var email = await templates.RenderComponentAsync<WelcomeEmail>(
            new Dictionary<string, object?> { ["Name"] = "Ann", ["Amount"] = 1234.5m, ["At"] = At },
            CultureInfo.GetCultureInfo("de-DE"), Cancellation);

        Assert.Contains("Hello Ann, 1.234,50 on 02.07.2026 00:30", email.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parameter_that_does_not_exist_is_an_error()
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => Create().RenderComponentAsync<WelcomeEmail>(new { Nam = "Ann" }, cancellationToken: Cancellation));

        Assert.Equal("WelcomeEmail: the component has no parameter \"Nam\". It has \"Amount\", \"At\", \"Name\".", error.Message);
    }

    [Fact]
    public async Task A_required_parameter_that_is_missing_is_an_error()
    {
        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => Create().RenderComponentAsync<WelcomeEmail>(cancellationToken: Cancellation));

        Assert.Equal("WelcomeEmail: the component requires \"Name\".", error.Message);
    }

    [Fact]
    public async Task A_component_injects_services_of_the_application()
    {
        var services = new ServiceCollection().AddSingleton<TimeProvider>(new FakeTimeProvider(At))
            .AddEmailTemplates(o => o.Folder = Folder).BuildServiceProvider();
        await using var owner = services;

        var email = await services.GetRequiredService<EmailTemplates>().RenderComponentAsync<InjectingEmail>(
            cancellationToken: Cancellation);

        Assert.Equal("<p>2026</p>", email.HtmlBody?.Trim());
    }

    [Fact]
    public async Task Several_registrations_set_the_same_options_in_order()
    {
        Write("test.liquid", "x");
        var services = new ServiceCollection()
            .AddEmailTemplates(o =>
            {
                o.Folder = Folder;
                o.OnRendered = e => e.Subject = "first";
            })
            .AddEmailTemplates()
            .AddEmailTemplates(o => o.OnRendered += e => e.Subject += ", second")
            .BuildServiceProvider();
        await using var owner = services;

        var email = await services.GetRequiredService<EmailTemplates>().RenderAsync("test", cancellationToken: Cancellation);

        Assert.Equal("first, second", email.Subject);
    }

    [Fact]
    public async Task Several_previews_of_one_template_are_numbered()
    {
        Write("invoice.liquid", "{{ n }}");
        var templates = Create(o => o.AddPreview("invoice", new { n = 1 }).AddPreview("invoice", new { n = 2 }));

        var second = await templates.Previews["invoice 2"](Cancellation);

        Assert.Equal(["invoice", "invoice 2"], templates.Previews.Keys);
        Assert.Equal("2", second.HtmlBody);
    }

    [Fact]
    public async Task Previews_show_each_sample_in_each_culture()
    {
        Write("invoice.liquid", "{{ n }}");
        var templates = Create(o =>
        {
            o.PreviewCultures = [CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("de")];
            o.AddPreview("invoice", new { n = 1.5 }).AddComponentPreview<WelcomeEmail>(new { Name = "Ann" });
        });

        var german = await templates.Previews["invoice (de)"](Cancellation);
        var component = await templates.Previews["WelcomeEmail"](Cancellation);

        Assert.Equal(["WelcomeEmail", "WelcomeEmail (de)", "invoice", "invoice (de)"], templates.Previews.Keys);
        Assert.Equal("1,5", german.HtmlBody);
        Assert.Equal("Welcome", component.Subject);
    }
}
