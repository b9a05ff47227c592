using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Mailbox;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

public sealed class PreviewPageTests : TemplateTest
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_mailbox_lists_each_template_in_each_culture()
    {
        Write("welcome.liquid", "<title>Hello {{ name }}</title><p onclick=\"x()\">{{ n }}</p>");
        Write("welcome.de.liquid", "<title>Hallo {{ name }}</title><p>{{ n }}</p>");
        await using var app = await StartAsync();
        using var http = CreateClient(app);

        using var names = JsonDocument.Parse(await http.GetStringAsync("templates/list", Cancellation));
        using var german = await ViewAsync(http, 1);
        var html = await http.GetAsync("templates/0/html", Cancellation);

        Assert.Equal(["welcome", "welcome (de)"], names.RootElement.EnumerateArray().Select(n => n.GetString()));
        Assert.Equal("Hallo Ann", german.RootElement.GetProperty("subject").GetString());
        Assert.Equal("1,5", german.RootElement.GetProperty("text").GetString()?.Trim());
        Assert.Contains("<p>1.5</p>", await html.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("sandbox", string.Concat(html.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Contains("href=\"templates/\"", await http.GetStringAsync("", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_saved_is_shown_with_another_version()
    {
        Write("welcome.liquid", "one");
        File.SetLastWriteTimeUtc(Path.Combine(Folder, "welcome.liquid"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await using var app = await StartAsync();
        using var http = CreateClient(app);
        using var before = await ViewAsync(http, 0);
        using var same = await ViewAsync(http, 0);

        Write("welcome.liquid", "two");
        _time.Advance(TimeSpan.FromSeconds(1));
        using var after = await ViewAsync(http, 0);

        Assert.Equal(Version(before), Version(same));
        Assert.NotEqual(Version(before), Version(after));
        Assert.Equal("two", after.RootElement.GetProperty("text").GetString()?.Trim());

        static string? Version(JsonDocument view) => view.RootElement.GetProperty("version").GetString();
    }

    [Fact]
    public async Task A_mistake_in_a_template_is_shown_with_its_line()
    {
        Write("welcome.liquid", "\n{{ nmae }}");
        await using var app = await StartAsync();
        using var http = CreateClient(app);

        using var view = await ViewAsync(http, 0);

        Assert.StartsWith(
            "welcome.liquid, line 2: \"nmae\" is not", view.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("templates/2")]
    [InlineData("templates/2/html")]
    public async Task A_template_that_does_not_exist_is_not_found(string path)
    {
        await using var app = await StartAsync();
        using var http = CreateClient(app);

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task The_page_of_the_templates_is_served()
    {
        await using var app = await StartAsync();
        using var http = CreateClient(app);

        Assert.Contains("templates.js", await http.GetStringAsync("templates/", Cancellation), StringComparison.Ordinal);
        Assert.Contains("refresh", await http.GetStringAsync("templates/templates.js", Cancellation), StringComparison.Ordinal);
        Assert.Contains("iframe", await http.GetStringAsync("templates/templates.css", Cancellation), StringComparison.Ordinal);
    }

    private static async Task<JsonDocument> ViewAsync(HttpClient http, int number) =>
        JsonDocument.Parse(await http.GetStringAsync($"templates/{number}", Cancellation));

    private static HttpClient CreateClient(WebApplication app)
    {
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new HttpClient { BaseAddress = new Uri($"{address}/mailbox/") };
    }

    private async Task<WebApplication> StartAsync()
    {
        var templates = Create(o =>
        {
            o.TimeProvider = _time;
            o.PreviewCultures = [CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("de")];
            o.AddPreview("welcome", new { name = "Ann", n = 1.5 });
        });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapMailbox(configure: o =>
        {
            (o.Store, o.AllowOutsideDevelopment) = (new MailboxStore(), true);
            o.Previews = templates.Previews;
        });
        await app.StartAsync(Cancellation);
        return app;
    }
}
