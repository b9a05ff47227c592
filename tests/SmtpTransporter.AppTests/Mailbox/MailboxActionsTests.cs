using System.Net;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Mailbox;

public class MailboxActionsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_unread_until_the_page_says_that_it_was_read()
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { Subject = "one", TextBody = "x" });
        host.Receive(new Email { Subject = "two", TextBody = "x" });
        Assert.Equal(2, (await host.GetAsync("messages")).GetProperty("unread").GetInt32());

        using var answer = await host.Client.PostAsync("messages/1/read", null, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var list = await host.GetAsync("messages?search=is:unread");
        Assert.Equal(1, list.GetProperty("unread").GetInt32());
        Assert.Equal("two", Assert.Single(list.GetProperty("messages").EnumerateArray()).GetProperty("subject").GetString());
    }

    [Theory]
    [InlineData("", "tea", "coffee", "files")]
    [InlineData("TEA", "tea")]
    [InlineData("text-of-tea", "tea")]
    [InlineData("b@x.example coffee", "coffee")]
    [InlineData("has:attachment", "files")]
    [InlineData("tag:green-leaves", "tea")]
    [InlineData("tag:green")]
    [InlineData("leaves", "tea")]
    [InlineData("milk")]
    public async Task A_search_finds_words_tags_and_attachments(string search, params string[] subjects)
    {
        await using var host = await MailboxHost.StartAsync();
        var files = new Email { Subject = "files", TextBody = "x", Attachments = { MailAttachment.FromBytes([1], "a.pdf") } };
        host.Receive(files);
        host.Receive(new Email { Subject = "coffee", TextBody = "x" });
        host.Receive(new Email { Subject = "tea", TextBody = "text-of-tea", Headers = { { "X-Tags", "Green leaves, drinks" } } });

        var list = await host.GetAsync($"messages?search={Uri.EscapeDataString(search)}");

        Assert.Equal(3, list.GetProperty("total").GetInt32());
        Assert.Equal(subjects.Length, list.GetProperty("found").GetInt32());
        var found = list.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("subject").GetString()!);
        Assert.Equal(subjects, found);
    }

    [Fact]
    public async Task A_list_has_100_messages_unless_more_are_asked_for()
    {
        await using var host = await MailboxHost.StartAsync();
        for (var i = 0; i < 150; i++)
            host.Store.Add("", [], Encoding.UTF8.GetBytes($"Subject: {i}\r\n\r\n"));

        Assert.Equal(100, (await host.GetAsync("messages")).GetProperty("messages").GetArrayLength());
        Assert.Equal(120, (await host.GetAsync("messages?limit=120")).GetProperty("messages").GetArrayLength());
        Assert.Equal(150, (await host.GetAsync("messages?limit=200")).GetProperty("found").GetInt32());
    }

    [Theory]
    [InlineData("X-Tags", "a, b", "a", "b")]
    [InlineData("X-PM-Tag", "welcome", "welcome")]
    [InlineData("X-Mailgun-Tag", "welcome", "welcome")]
    [InlineData("X-SES-MESSAGE-TAGS", "kind=invoice, run=7", "kind=invoice", "run=7")]
    [InlineData("X-Other", "a")]
    public async Task Tags_are_those_of_the_header(string name, string value, params string[] tags)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { TextBody = "x", Headers = { { name, value } } });

        var view = await host.GetAsync("messages/1");

        Assert.Equal(tags, view.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!));
    }

    [Theory]
    [InlineData("messages/1/read")]
    [InlineData("messages/1/links")]
    [InlineData("messages/1/release")]
    public async Task Actions_need_the_header_of_the_page_and_a_message(string path)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { TextBody = "x" });

        using var without = await host.Client.PostAsync(path.Replace("/1/", "/9/", StringComparison.Ordinal), null, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, without.StatusCode);
        host.Client.DefaultRequestHeaders.Remove("X-Mailbox");
        using var foreign = await host.Client.PostAsync(path, null, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        host.Client.DefaultRequestHeaders.Add("X-Mailbox", "1");
        host.Client.DefaultRequestHeaders.Host = "other.example";
        using var rebound = await host.Client.PostAsync(path, null, Cancellation);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, rebound.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_released_and_no_address_requested_unless_the_application_allows_it()
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { TextBody = "https://shop.example.com/" });

        var view = await host.GetAsync("messages/1");
        Assert.False(view.GetProperty("canRelease").GetBoolean());
        Assert.False(view.GetProperty("canRequestLinks").GetBoolean());
        using var release = await PostAsync(host, "messages/1/release", """{"to":["a@x.example"]}""");
        using var links = await PostAsync(host, "messages/1/links", "");
        Assert.Equal(HttpStatusCode.Conflict, release.StatusCode);
        Assert.Contains("ReleaseTransporter", await release.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, links.StatusCode);
        Assert.Contains("LinkClient", await links.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_released_unchanged_to_the_addresses_and_the_answer_is_told()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.MailFrom).Times(1).Reply(451, "4.3.0 Try later");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        await using var host = await MailboxHost.StartAsync(o => o.ReleaseTransporter = transporter);
        host.Receive(new Email { Subject = "Welcome", TextBody = "Hello" });

        using var refused = await PostAsync(host, "messages/1/release", """{"to":["me@example.net"]}""");
        using var accepted = await PostAsync(host, "messages/1/release", """{"to":["me@example.net","you@example.net"]}""");

        var text = await refused.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("\"isSent\":false", text, StringComparison.Ordinal);
        Assert.Contains("Try later", text, StringComparison.Ordinal);
        Assert.Contains("\"isSent\":true", await accepted.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        var message = Assert.Single(server.Messages);
        Assert.Equal("bounces@x.example", message.Sender);
        Assert.Equal(["me@example.net", "you@example.net"], message.Recipients);
        var source = await host.Client.GetByteArrayAsync("messages/1/source", Cancellation);
        Assert.EndsWith(Encoding.UTF8.GetString(source), Encoding.UTF8.GetString(message.Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("{}", "Recipients is empty")]
    [InlineData("""{"to":["no address"]}""", "not a valid address")]
    public async Task A_wrong_address_is_told(string body, string error)
    {
        await using var transporter = new SmtpTransporter(ServerOptions.Parse("smtp://localhost:1"));
        await using var host = await MailboxHost.StartAsync(o => o.ReleaseTransporter = transporter);
        host.Receive(new Email { TextBody = "Hello" });

        using var answer = await PostAsync(host, "messages/1/release", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(error, await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("same-origin", true)]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData("none", false)]
    public async Task Remote_images_are_for_the_page_alone(string? site, bool isAllowed)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { HtmlBody = "<p>x</p>" });
        if (site is not null)
            host.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);

        using var plain = await host.Client.GetAsync("messages/1/html", Cancellation);
        using var remote = await host.Client.GetAsync("messages/1/html?remote", Cancellation);

        Assert.DoesNotContain("https:", plain.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var policy = remote.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Equal(isAllowed, policy.Contains("img-src data: http: https:;", StringComparison.Ordinal));
        Assert.StartsWith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'self'", policy, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(MailboxHost host, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await host.Client.PostAsync(path, content, Cancellation);
    }
}
