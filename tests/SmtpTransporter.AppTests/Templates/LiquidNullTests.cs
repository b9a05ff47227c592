using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Templates;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

public sealed class LiquidNullTests : TemplateTest
{
    [Fact]
    public async Task A_key_of_a_dictionary_may_be_null()
    {
        var email = await RenderAsync("[{{ nick }}{{ NICK }}]", new Dictionary<string, object?> { ["nick"] = null });

        Assert.Equal("[]", email.HtmlBody);
    }

    [Fact]
    public async Task A_key_that_a_dictionary_does_not_have_is_an_error()
    {
        var model = new Dictionary<string, object?> { ["nick"] = null };

        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync("{{ nik }}", model));

        Assert.EndsWith("Did you mean \"nick\"?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_are_read_once_to_know_what_is_null()
    {
        var email = await RenderAsync(
            "{% assign a = nick %}{{ a }}{{ 'x' | t }}{{ a }}",
            new { nick = (string?)null },
            o => o.Translate = (_, _) =>
            {
                File.Delete(Path.Combine(Folder, "test.liquid"));
                return null;
            });

        Assert.Equal("x", email.HtmlBody);
    }

    [Fact]
    public async Task A_file_that_is_gone_when_an_error_is_explained_is_named()
    {
        Write("test.liquid", "{% if show %}{{ nope }}{% endif %}.");
        var templates = Create(o => o.TimeProvider = new FakeTimeProvider());
        await templates.RenderAsync("test", new { show = false }, cancellationToken: Cancellation);
        File.Delete(Path.Combine(Folder, "test.liquid"));

        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => templates.RenderAsync("test", new { show = true }, cancellationToken: Cancellation));

        Assert.StartsWith("test.liquid: the file cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_and_the_last_time_are_shown_in_every_zone()
    {
        var model = new { min = default(DateTime), max = DateTime.MaxValue };

        var east = await RenderAsync(
            "{{ min }}", model, o => o.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"));
        var west = await RenderAsync(
            "{{ max }}", model, o => o.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));

        Assert.Equal("0001-01-01 00:00:00 +00:00", east.HtmlBody);
        Assert.Equal("9999-12-31 23:59:59 +00:00", west.HtmlBody);
    }
}
