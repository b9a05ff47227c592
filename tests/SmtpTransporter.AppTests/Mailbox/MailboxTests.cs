using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Mailbox;
using Xunit;

namespace SmtpTransport.AppTests.Mailbox;

public sealed class MailboxTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mailbox").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_message_of_the_application_is_listed_with_its_Bcc_recipients()
    {
        await using var app = await StartAsync("Development", a => a.MapMailbox());
        using var http = CreateClient(app);
        var email = new Email
        {
            From = "me@example.com",
            To = "ann@example.org",
            Bcc = "hidden@example.net",
            Subject = "請求書",
            TextBody = "Hello",
            HtmlBody = "<p>Hello</p>",
        };
        Assert.True((await app.Services.GetRequiredService<ISmtpTransporter>().SendAsync(email, Cancellation)).Success);

        using var list = JsonDocument.Parse(await http.GetStringAsync("messages", Cancellation));
        var line = Assert.Single(list.RootElement.GetProperty("messages").EnumerateArray());
        using var view = JsonDocument.Parse(await http.GetStringAsync($"messages/{line.GetProperty("id").GetString()}", Cancellation));

        Assert.Equal("請求書", line.GetProperty("subject").GetString());
        var envelopeTo = view.RootElement.GetProperty("envelopeTo").EnumerateArray().Select(t => t.GetString()!);
        Assert.Equal(["ann@example.org", "hidden@example.net"], envelopeTo);
        Assert.Equal("me@example.com", view.RootElement.GetProperty("envelopeFrom").GetString());
        Assert.Equal("Hello", view.RootElement.GetProperty("text").GetString()!.Trim());
        Assert.DoesNotContain("X-Receiver", view.RootElement.GetProperty("headers").ToString());
        Assert.Contains("<p>Hello</p>", await http.GetStringAsync($"messages/{line.GetProperty("id").GetString()}/html", Cancellation));
    }

    [Fact]
    public async Task The_page_gets_an_event_for_each_message()
    {
        await using var app = await StartAsync("Development", a => a.MapMailbox());
        using var http = CreateClient(app);
        using var events = new StreamReader(await http.GetStreamAsync("events", Cancellation));
        Assert.Equal("data: changed", await events.ReadLineAsync(Cancellation));
        Assert.Equal("", await events.ReadLineAsync(Cancellation));

        const string Captured = "X-Sender: <>\r\nX-Receiver: <b@x.example>\r\nFrom: a@x.example\r\nSubject: by hand\r\n\r\nHello";
        await File.WriteAllTextAsync(Path.Combine(_folder, "x.part"), Captured, Cancellation);
        File.Move(Path.Combine(_folder, "x.part"), Path.Combine(_folder, "x.eml"));

        Assert.Equal("data: changed", await events.ReadLineAsync(Cancellation));
        Assert.Contains("by hand", await http.GetStringAsync("messages", Cancellation));
    }

    [Fact]
    public async Task Deleting_needs_the_header_of_the_page_and_deletes_the_file()
    {
        await using var app = await StartAsync("Development", a => a.MapMailbox());
        using var http = CreateClient(app);
        foreach (var name in new[] { "a", "b" })
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{name}.eml"), "From: a@x.example\r\n\r\nHello", Cancellation);
        using var list = JsonDocument.Parse(await http.GetStringAsync("messages", Cancellation));
        var id = list.RootElement.GetProperty("messages")[0].GetProperty("id").GetString();

        Assert.Equal(HttpStatusCode.Forbidden, (await http.DeleteAsync($"messages/{id}", Cancellation)).StatusCode);
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        http.DefaultRequestHeaders.Add("X-Mailbox", "1");
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync($"messages/{id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync($"messages/{id}", Cancellation)).StatusCode);
        Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync("messages", Cancellation)).StatusCode);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task The_address_of_a_file_stays_when_the_application_starts_anew()
    {
        foreach (var name in new[] { "a", "b" })
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{name}.eml"), $"Subject: {name}\r\n\r\nHello", Cancellation);
        var before = await GetIdAsync("b");
        File.Delete(Path.Combine(_folder, "a.eml"));

        Assert.Equal(before, await GetIdAsync("b"));

        async Task<string?> GetIdAsync(string subject)
        {
            await using var app = await StartAsync("Development", a => a.MapMailbox());
            using var http = CreateClient(app);
            using var list = JsonDocument.Parse(await http.GetStringAsync($"messages?search={subject}", Cancellation));
            return list.RootElement.GetProperty("messages")[0].GetProperty("id").GetString();
        }
    }

    [Fact]
    public async Task Unreadable_messages_are_shown_as_such()
    {
        await using var app = await StartAsync("Development", a => a.MapMailbox());
        using var http = CreateClient(app);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "a.eml"), [0, 255, 13, 10], Cancellation);
        await File.WriteAllBytesAsync(Path.Combine(_folder, "b.eml"), [], Cancellation);

        using var list = JsonDocument.Parse(await http.GetStringAsync("messages", Cancellation));
        Assert.Equal(2, list.RootElement.GetProperty("total").GetInt32());
        foreach (var email in list.RootElement.GetProperty("messages").EnumerateArray())
        {
            var id = email.GetProperty("id").GetString();
            foreach (var path in new[] { $"messages/{id}", $"messages/{id}/html", $"messages/{id}/source" })
                Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(path, Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"messages/{id}/attachments/0", Cancellation)).StatusCode);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("messages/none", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Every_response_has_a_policy_and_attachments_are_downloaded()
    {
        var store = new MailboxStore();
        await using var app = await StartAsync(
            "Production", a => a.MapMailbox("/dev/mailbox", o => (o.Store, o.AllowOutsideDevelopment) = (store, true)));
        using var http = CreateClient(app, "/dev/mailbox/");
        var email = new Email
        {
            From = "a@x.example",
            To = "b@x.example",
            HtmlBody = "<p>x</p>",
            Attachments = { MailAttachment.FromBytes("<script>"u8.ToArray(), "x.html", type: "text/html") },
        };
        store.Add("a@x.example", ["b@x.example"], Encoding.UTF8.GetBytes(email.ToMime()));

        string[] paths =
        [
            "", "mailbox.js", "page.js", "list.js", "message.js", "panes.js", "source.js", "mailbox.css", "messages", "messages/1",
            "messages/1/html", "messages/1/html?remote", "messages/1/source", "messages/1/attachments/0",
        ];
        foreach (var path in paths)
        {
            using var response = await http.GetAsync(path, Cancellation);
            Assert.True(response.IsSuccessStatusCode, path);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy);
            Assert.Equal(path.Contains("messages", StringComparison.Ordinal), policy.StartsWith("sandbox", StringComparison.Ordinal));
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            if (!path.EndsWith("/0", StringComparison.Ordinal))
                continue;
            Assert.Equal("application/octet-stream", response.Content.Headers.ContentType!.MediaType);
            Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        }
        using var moved = await http.GetAsync("/dev/mailbox", Cancellation);
        Assert.Equal("/dev/mailbox/", moved.RequestMessage!.RequestUri!.AbsolutePath);
    }

    [Theory]
    [InlineData("<p>Before <o:p>inside</o:p> after</p>", "inside")]
    [InlineData("<p>John <john@example.com> wrote:<br>Behind it.</p>", "wrote:", "Behind it.")]
    [InlineData("<p><unknown>Words</unknown></p>", "Words")]
    [InlineData("<p style='padding:calc(1px + (2% * 3+)'>Words</p>", "padding:calc(1px + (2% * 3+)", "Words")]
    [InlineData("<p style='color:rgb(1 2 3/50a)'>Words</p>", "color:rgb(1 2 3/50a)", "Words")]
    [InlineData("<p style='background:#fff no-repeat;background-size:cover'>Words</p>", "background:#fff no-repeat;background-size:cover")]
    [InlineData(
        "<style>.a { mso-hide: all } @media (max-width: 9px) { .a { color: red!important } }</style><p class=a>Words</p>",
        "mso-hide: all", "red!important")]
    public async Task Invalid_HTML_is_shown_and_loses_no_text(string html, params string[] shown)
    {
        var shownHtml = await ShowAsync(new Email { From = "a@x.example", To = "b@x.example", HtmlBody = html }, "messages/1/html");

        Assert.All(shown, text => Assert.Contains(text, shownHtml, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<p>Words</p><script>alert(1)</script>", "alert")]
    [InlineData("<p onclick='alert(1)'>Words</p>", "alert")]
    [InlineData("<p>Words</p><iframe src='https://x.example/'></iframe><object data='https://x.example/'></object>", "x.example")]
    [InlineData("<a href=' java\nscript:alert(1)'>Words</a>", "alert")]
    [InlineData("<body background='https://x.example/'><p>Words</p></body>", "x.example")]
    public async Task Scripts_and_remote_content_are_removed_from_HTML(string html, string removed)
    {
        var shownHtml = await ShowAsync(new Email { From = "a@x.example", To = "b@x.example", HtmlBody = html }, "messages/1/html");

        Assert.Contains("Words", shownHtml, StringComparison.Ordinal);
        Assert.DoesNotContain(removed, shownHtml, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<body background='cid:a'>", "<body background=\"data:image/png;base64,AQI=\"")]
    [InlineData("<p style=\"background:url('cid:a')\">", "background:url('data:image/png;base64,AQI=')")]
    [InlineData("<style>p { background: url(cid:a) }</style>", "url(data:image/png;base64,AQI=)")]
    [InlineData("<img src='cid:a'>", "<img src=\"data:image/png;base64,AQI=\"")]
    public async Task An_attached_image_is_shown_wherever_the_HTML_refers_to_it(string html, string shown)
    {
        var email = new Email
        {
            From = "a@x.example",
            To = "b@x.example",
            HtmlBody = html,
            Attachments = { MailAttachment.FromBytes([1, 2], "a.png", "a") },
        };

        Assert.Contains(shown, await ShowAsync(email, "messages/1/html"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:8025", true)]
    [InlineData("127.0.0.1:80", true)]
    [InlineData("127.1.2.3", true)]
    [InlineData("[::1]:8025", true)]
    [InlineData("shop.dev.localhost", true)]
    [InlineData("localhost.", true)]
    [InlineData("other.example", false)]
    [InlineData("localhost.other.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("127.0.0.1.other.example", false)]
    [InlineData("192.0.2.7", false)]
    [InlineData("[2001:db8::1]", false)]
    [InlineData("app.example.com:443", true, "app.example.com")]
    [InlineData("APP.example.com", true, "app.example.com")]
    [InlineData("other.example", false, "app.example.com")]
    [InlineData("a.b.example.com", true, "*.example.com")]
    [InlineData("example.com", false, "*.example.com")]
    [InlineData("badexample.com", false, "*.example.com")]
    [InlineData("192.0.2.7:8025", true, "192.0.2.7")]
    [InlineData("[2001:db8::1]:8025", true, "2001:db8::1")]
    [InlineData("[2001:db8::1]", true, "[2001:db8::1]")]
    [InlineData("other.example", true, "app.example.com", "*")]
    public async Task Only_known_host_names_are_answered(string host, bool isAnswered, params string[] allowed)
    {
        var store = new MailboxStore();
        store.Add("a@x.example", ["b@x.example"], "Subject: secret\r\n\r\n"u8.ToArray());
        await using var app = await StartAsync(
            "Development", a => a.MapMailbox(configure: o => (o.Store, o.AllowedHosts) = (store, allowed)));
        using var http = CreateClient(app);
        http.DefaultRequestHeaders.Host = host;
        http.DefaultRequestHeaders.Add("X-Mailbox", "1");

        string[] paths =
        [
            "", "mailbox.js", "page.js", "list.js", "message.js", "panes.js", "source.js", "mailbox.css", "messages", "messages/1",
            "messages/1/html", "messages/1/html?remote", "messages/1/source", "messages/1/attachments/0",
        ];
        foreach (var path in paths)
        {
            using var response = await http.GetAsync(path, Cancellation);
            Assert.Equal(isAnswered, response.StatusCode != HttpStatusCode.MisdirectedRequest);
        }
        if (!isAnswered)
        {
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await http.GetAsync("events", Cancellation)).StatusCode);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, (await http.DeleteAsync("messages/1", Cancellation)).StatusCode);
            using var response = await http.DeleteAsync("messages", Cancellation);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
            Assert.Contains("AllowedHosts", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        Assert.Equal(1, store.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://app.example.com")]
    [InlineData("app.example.com:8025")]
    [InlineData("*.")]
    public async Task What_is_not_a_host_name_cannot_be_allowed(string host)
    {
        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => StartAsync("Development", a => a.MapMailbox(configure: o => o.AllowedHosts = [host])));

        Assert.Contains($"\"{host}\"", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Dear  Ann,\r\n\r\nthe tea\thas arrived.", null, "Dear Ann, the tea has arrived.")]
    [InlineData(null, "<p>Dear Ann,</p><p>the <b>tea</b> has arrived.</p>", "Dear Ann, the tea has arrived.")]
    [InlineData(null, "<p>John <john@example.com> wrote:<br>Behind it.</p>", "John wrote: Behind it.")]
    [InlineData(null, "<table><tr><td>Tea</td><td>4 EUR</td></tr></table>", "Tea 4 EUR")]
    [InlineData("", null, "")]
    public async Task The_preview_is_the_beginning_of_the_text(string? text, string? html, string preview)
    {
        var email = new Email { From = "a@x.example", To = "b@x.example", TextBody = text, HtmlBody = html };

        using var list = JsonDocument.Parse(await ShowAsync(email, "messages"));

        Assert.Equal(preview, list.RootElement.GetProperty("messages")[0].GetProperty("preview").GetString());
    }

    [Fact]
    public async Task A_long_preview_ends_with_an_ellipsis()
    {
        var email = new Email { From = "a@x.example", To = "b@x.example", TextBody = string.Join(' ', Enumerable.Repeat("tea", 500)) };

        using var list = JsonDocument.Parse(await ShowAsync(email, "messages"));

        var preview = list.RootElement.GetProperty("messages")[0].GetProperty("preview").GetString()!;
        Assert.StartsWith("tea tea", preview, StringComparison.Ordinal);
        Assert.EndsWith("…", preview, StringComparison.Ordinal);
        Assert.InRange(preview.Length, 190, 200);
    }

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public async Task The_mailbox_refuses_to_start_outside_development(string environment)
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(environment, a => a.MapMailbox()));

        Assert.Contains("AllowOutsideDevelopment", exception.Message);
    }

    [Fact]
    public void A_full_store_removes_the_oldest_message()
    {
        var store = new MailboxStore(2);
        foreach (var subject in new[] { "a", "b", "c" })
            store.Add("", [], Encoding.UTF8.GetBytes($"Subject: {subject}\r\n\r\n"));

        Assert.Equal(2, store.Count);
        store.Clear();
        Assert.Equal(0, store.Count);
    }

    private async Task<string> ShowAsync(Email email, string path)
    {
        var store = new MailboxStore();
        store.Add("a@x.example", ["b@x.example"], Encoding.UTF8.GetBytes(email.ToMime()));
        await using var app = await StartAsync("Development", a => a.MapMailbox(configure: o => o.Store = store));
        using var http = CreateClient(app);
        return await http.GetStringAsync(path, Cancellation);
    }

    private async Task<WebApplication> StartAsync(string environment, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration["Smtp:PickupFolder"] = _folder;
        builder.Services.AddSmtpTransporter();
        var app = builder.Build();
        map(app);
        await app.StartAsync(Cancellation);
        return app;
    }

    private static HttpClient CreateClient(WebApplication app, string path = "/mailbox/")
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new HttpClient { BaseAddress = new Uri(addresses.First() + path) };
    }
}
