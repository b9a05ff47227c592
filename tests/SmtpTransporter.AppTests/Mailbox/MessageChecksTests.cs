using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace SmtpTransport.AppTests.Mailbox;

/// <summary>What the mailbox finds in the HTML and in the links of a message.</summary>
public class MessageChecksTests
{
    private const string Outlook = "Outlook for Windows";

    [Theory]
    [InlineData("<p style='display:flex'>", "display: flex", Outlook)]
    [InlineData("<p style='display: inline-flex'>", "display: flex", Outlook)]
    [InlineData("<p style='position: absolute'>", "position", Outlook, "Gmail")]
    [InlineData("<p style='width: calc(1px + 2px)'>", "calc", Outlook)]
    [InlineData("<p style='color: VAR(--x)'>", "var", Outlook, "Gmail")]
    [InlineData("<style>p { text-shadow: 0 0 red }</style>", "text-shadow", Outlook, "Gmail")]
    [InlineData("<style>@media (max-width: 9px) { p { min-width: 1px } }</style>", "min-width", Outlook)]
    [InlineData("<style>@font-face { font-family: f }</style>", "@font-face", "Gmail")]
    [InlineData("<style>@media (prefers-color-scheme: dark) { p { color: red } }</style>", "prefers-color-scheme", Outlook, "Gmail")]
    [InlineData("<style>li:nth-child(2) { color: red }</style>", ":nth-child", Outlook, "Gmail")]
    [InlineData("<style>a:visited { color: red }</style>", ":visited", Outlook, "Gmail", "Apple Mail")]
    [InlineData("<video src='x'></video>", "video", Outlook, "Gmail")]
    [InlineData("<p hidden>", "hidden", Outlook, "Gmail")]
    [InlineData("<img src='data:image/png;base64,AA=='>", "data:", "Gmail")]
    [InlineData("<img src='https://x.example/a.WEBP?v=1'>", ".webp", Outlook)]
    public async Task Parts_of_the_HTML_that_programs_do_not_show_are_found(string html, string name, params string[] clients)
    {
        var features = await FindAsync(html, "htmlFeatures");

        var feature = Assert.Single(features, f => f.GetProperty("name").GetString() == name);
        Assert.Equal(clients, feature.GetProperty("clients").EnumerateArray().Select(c => c.GetString()!));
        Assert.Equal(1, feature.GetProperty("count").GetInt32());
        Assert.Matches("^https://www.caniemail.com/features/[a-z0-9-]+/$", feature.GetProperty("source").GetString());
        Assert.Matches("^20[12][0-9]-[01][0-9]-[0-3][0-9]$", feature.GetProperty("tested").GetString());
    }

    [Theory]
    [InlineData("<p>x</p>")]
    [InlineData("<p style='color:red;background-color:#fff'>x</p>")]
    [InlineData("<style>p { color: red /* display: flex */ }</style>")]
    [InlineData("<p style='grid-position: x; grid-template-columns-x: minmax(1px, 2px)'>")]
    [InlineData("<table><tr><td style='padding:1px;font-family:Georgia'>x</td></tr></table>")]
    [InlineData("<!--[if mso]><p style='display:flex'>x</p><![endif]-->")]
    public async Task What_all_programs_show_is_not_found(string html) => Assert.Empty(await FindAsync(html, "htmlFeatures"));

    [Theory]
    [InlineData("<a href='https://shop.example.com/'>Shop</a>", null)]
    [InlineData("<a href='mailto:ann@example.com'>Ann</a>", null)]
    [InlineData("<a href='#end'>End</a><p id='end'>x</p>", null)]
    [InlineData("<a href='https://shop.example.com/'>https://shop.example.com/sale</a>", null)]
    [InlineData("<a href=''>Shop</a>", "There is no address.")]
    [InlineData("<a href='/shop'>Shop</a>", "The address is relative")]
    [InlineData("<a href='shop.example.com'>Shop</a>", "The address is relative")]
    [InlineData("<a href='#end'>End</a>", "no element with the id \"end\"")]
    [InlineData("<a href='https://'>Shop</a>", "not a valid URL")]
    [InlineData("<a href='javascript:alert(1)'>Shop</a>", "do not open addresses that begin with \"javascript:\"")]
    [InlineData("<a href='http://shop.example.com/'>Shop</a>", "The connection is not encrypted")]
    [InlineData("<a href='http://localhost:5000/confirm'>Shop</a>", "can reach the host localhost")]
    [InlineData("<a href='https://192.168.1.2/'>Shop</a>", "can reach the host 192.168.1.2")]
    [InlineData("<a href='https://[fd00::1]/'>Shop</a>", "can reach the host [fd00::1]")]
    [InlineData("<a href='https://build-7/'>Shop</a>", "can reach the host build-7")]
    [InlineData("<a href='https://other.example/'>https://shop.example.com</a>", "The text shows shop.example.com")]
    [InlineData("<img src='cid:logo' alt='Logo'>", "No attachment has the Content-ID \"logo\".")]
    [InlineData("<img src='https://shop.example.com/a.png'>", "The image has no alt attribute")]
    [InlineData("<img alt='x'>", "There is no address.")]
    public async Task Addresses_that_do_not_work_are_found(string html, string? problem)
    {
        var link = Assert.Single(await FindAsync(html, "links"));

        var problems = link.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!).ToList();
        if (problem is null)
            Assert.Empty(problems);
        else
            Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_the_text_alone_is_found_without_the_sign_behind_it()
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email
        {
            HtmlBody = "<a href='https://a.example.com/'>a</a>",
            TextBody = "https://a.example.com/ (http://b.example.com/x).",
        });

        var links = (await host.GetAsync("messages/1")).GetProperty("links").EnumerateArray().ToList();

        Assert.Equal(["https://a.example.com/", "http://b.example.com/x"], links.Select(l => l.GetProperty("address").GetString()!));
        Assert.Equal("text", links[1].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Addresses_are_requested_once_and_the_answers_told()
    {
        var requests = new List<string>();
        await using var site = await StartSiteAsync(requests);
        var address = site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        using var client = new HttpClient();
        await using var host = await MailboxHost.StartAsync(o => o.LinkClient = client);
        host.Receive(new Email
        {
            HtmlBody = $"""
                <a href="{address}/good">a</a> <a href="{address}/good">b</a> <a href="{address}/get-only">c</a>
                <a href="{address}/missing">d</a> <a href="mailto:a@x.example">e</a> <img src="{address}/moved">
                <a href="http://localhost:1/">f</a>
                """,
        });

        using var answer = await host.Client.PostAsync("messages/1/links", null, TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var answers = document.RootElement.EnumerateArray().ToDictionary(
            a => a.GetProperty("address").GetString()!, a => (a.GetProperty("isGood").GetBoolean(), a.GetProperty("text").GetString()!));

        Assert.Equal(5, answers.Count);
        Assert.Equal((true, "200 OK"), answers[$"{address}/good"]);
        Assert.Equal((true, "200 OK"), answers[$"{address}/get-only"]);
        Assert.Equal((false, "404 NotFound"), answers[$"{address}/missing"]);
        Assert.Equal((true, $"200 OK, at {address}/good"), answers[$"{address}/moved"]);
        Assert.False(answers["http://localhost:1/"].Item1);
        Assert.Equal(
            ["GET /get-only", "GET /missing", "HEAD /get-only", "HEAD /good", "HEAD /good", "HEAD /missing", "HEAD /moved"],
            requests.Order(StringComparer.Ordinal));
    }

    private static async Task<List<JsonElement>> FindAsync(string html, string property)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { HtmlBody = html, TextBody = "x" });
        return [.. (await host.GetAsync("messages/1")).GetProperty(property).EnumerateArray()];
    }

    private static async Task<WebApplication> StartSiteAsync(List<string> requests)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.Run(context =>
        {
            lock (requests)
                requests.Add($"{context.Request.Method} {context.Request.Path}");
            context.Response.StatusCode = (context.Request.Method, context.Request.Path.Value) switch
            {
                ("HEAD", "/get-only") => 405,
                (_, "/missing") => 404,
                (_, "/moved") => 302,
                _ => 200,
            };
            if (context.Response.StatusCode == 302)
                context.Response.Headers.Location = "/good";
            return Task.CompletedTask;
        });
        await site.StartAsync(TestContext.Current.CancellationToken);
        return site;
    }
}
