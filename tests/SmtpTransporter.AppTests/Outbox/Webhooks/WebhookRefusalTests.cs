using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>What each webhook refuses, and that nothing of it is recorded.</summary>
public sealed class WebhookRefusalTests
{
    private const string Address = "ann@example.org";

    public static TheoryData<string> Services => [.. WebhookSender.Names];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_right_request_is_accepted_once_it_is_recorded(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var gate = new TaskCompletionSource();
        host.Gate = gate.Task;

        var answer = host.SendAsync(service, host.Sender(service).Bounce(Address, "order-17@example.com", host.Now));
        await host.Recording.WaitAsync(WebhookHost.Cancellation);
        Assert.Equal((false, 0), (answer.IsCompleted, host.Recorded.Count));
        gate.SetResult();

        Assert.Equal(HttpStatusCode.OK, await answer);
        Assert.Single(host.Recorded);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_wrong_signature_is_refused(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var json = host.Sender(service).Bounce(Address, "order-17@example.com", host.Now);

        var status = await host.SendAsync(WebhookSender.Create(service, isForger: true).Request(json, host.Now));

        Assert.Equal(service == "postmark" ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden, status);
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_missing_signature_is_refused(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        var body = service switch
        {
            "ses" => Replace(sender, host, "\"Signature\":\"", "\"Signature2\":\""),
            "mailgun" => Replace(sender, host, "\"signature\":{", "\"signature2\":{"),
            _ => sender.Bounce(Address, "order-17@example.com", host.Now),
        };

        var status = await host.SendAsync(sender.Request(body, []));

        Assert.Equal(service == "postmark" ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden, status);
        AssertRefused(host);
    }

    [Theory]
    [InlineData("ses", "\"Signature\":\"", "\"Signature\":\"%")]
    [InlineData("ses", "\"Signature\":\"", "\"Signature\":\"AAAA")]
    [InlineData("ses", "\"SignatureVersion\":\"2\"", "\"SignatureVersion\":\"3\"")]
    [InlineData("ses", "ann@", "eve@")]
    [InlineData("mailgun", "\"signature\":\"", "\"signature\":\"zz")]
    [InlineData("mailgun", "\"token\":\"", "\"token\":\"0")]
    [InlineData("mailgun", "\"timestamp\":\"", "\"timestamp\":\"1")]
    public async Task What_was_changed_after_it_was_signed_is_refused(string service, string old, string changed)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);

        Assert.Equal(HttpStatusCode.Forbidden, await host.SendAsync(sender.Request(Replace(sender, host, old, changed), [])));
        AssertRefused(host);
    }

    [Fact]
    public async Task A_body_or_a_time_that_SendGrid_has_not_signed_is_refused()
    {
        await using var host = await WebhookHost.StartAsync();
        var json = host.SendGrid.Bounce(Address, "order-17@example.com", host.Now);
        var (body, headers) = host.SendGrid.Sign(json, host.Now);
        (string, string)[][] changed =
        [
            [headers[0], (headers[1].Name, $"{host.Now.ToUnixTimeSeconds() - 1}")],
            [headers[0], (headers[1].Name, "")],
            [headers[0], (headers[1].Name, "-1")],
            [headers[0], (headers[1].Name, "99999999999999999999")],
            [(headers[0].Name, "AAAA"), headers[1]],
            [(headers[0].Name, "%"), headers[1]],
            [(headers[0].Name, new string('A', 1000)), headers[1]],
        ];

        Assert.Equal(HttpStatusCode.Forbidden, await host.SendAsync(host.SendGrid.Request($"{body} ", headers)));
        foreach (var some in changed)
            Assert.Equal(HttpStatusCode.Forbidden, await host.SendAsync(host.SendGrid.Request(body, some)));
        AssertRefused(host);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic %")]
    [InlineData("Basic cG9zdG1hcms6")]
    [InlineData("Bearer cG9zdG1hcms6cGFzczp3w7ZyZC0x")]
    public async Task Another_login_is_refused_before_the_body_is_read(string login)
    {
        await using var host = await WebhookHost.StartAsync();
        var head = $"POST /feedback/postmark HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + $"Authorization: {login}\r\nContent-Length: 1000\r\n\r\n";

        var (line, _) = await host.SendRawAsync(head, _ => null);

        Assert.StartsWith("HTTP/1.1 401 ", line, StringComparison.Ordinal);
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task An_old_time_and_one_in_the_future_are_refused_and_the_tolerance_can_be_set(string service)
    {
        await using var host = await WebhookHost.StartAsync(o => o.Tolerance = TimeSpan.FromHours(2));
        var sender = host.Sender(service);
        foreach (var (minutes, expected) in new[]
        {
            (-121, HttpStatusCode.Forbidden), (-119, HttpStatusCode.OK), (4, HttpStatusCode.OK),
            // Until our own clock is right.
            (6, HttpStatusCode.ServiceUnavailable),
        })
        {
            var at = host.Now.AddMinutes(minutes);
            Assert.Equal(expected, await host.SendAsync(sender.Request(sender.Bounce(Address, "order-17@example.com", at), at)));
        }
        Assert.Equal(2, host.Recorded.Count);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_replay_changes_nothing_however_often_and_how_many_at_once(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        var (body, headers) = sender.Sign(sender.Bounce(Address, "order-17@example.com", host.Now), host.Now);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => host.SendAsync(sender.Request(body, headers))));
        host.Time.Advance(TimeSpan.FromHours(23));

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(sender.Request(body, headers)));
        host.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(HttpStatusCode.Forbidden, await host.SendAsync(sender.Request(body, headers)));
        Assert.Single(host.Recorded);
    }

    [Fact]
    public async Task A_token_of_Mailgun_counts_for_one_event()
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = new MailgunSender { Token = "0123456789" };

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(sender.Request(sender.Bounce(Address, "1@example.com", host.Now), host.Now)));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await host.SendAsync(sender.Request(sender.Bounce("eve@example.org", "2@example.com", host.Now), host.Now)));
        Assert.Single(host.Recorded);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_body_of_100_MB_is_refused_before_it_has_come(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var login = new PostmarkSender().Sign("", host.Now).Headers[0].Value;
        var headers = host.SendGrid.Sign("[]", host.Now).Headers;
        var head = $"POST /feedback/{service} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + $"Authorization: {login}\r\n{headers[0].Name}: {headers[0].Value}\r\n{headers[1].Name}: {headers[1].Value}\r\n";
        var chunk = Encoding.ASCII.GetBytes($"{100_000:x}\r\n{new string(' ', 100_000)}\r\n");

        var (announced, sent) = await host.SendRawAsync($"{head}Content-Length: 104857600\r\n\r\n", _ => null);
        var (chunked, sentChunked) = await host.SendRawAsync(
            $"{head}Transfer-Encoding: chunked\r\n\r\n", i => i < 1000 ? chunk : null);

        Assert.StartsWith("HTTP/1.1 413 ", announced, StringComparison.Ordinal);
        Assert.Equal(0, sent);
        Assert.StartsWith("HTTP/1.1 413 ", chunked, StringComparison.Ordinal);
        Assert.InRange(sentChunked, 1_000_000, 50_000_000);
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_body_may_have_as_many_bytes_as_the_limit_and_no_more(string service)
    {
        await using var host = await WebhookHost.StartAsync(o => o.MaxBodySize = 20_000);
        var sender = host.Sender(service);
        foreach (var (length, expected) in new[] { (20_000, HttpStatusCode.OK), (20_001, HttpStatusCode.RequestEntityTooLarge) })
        {
            foreach (var isChunked in new[] { false, true })
            {
                var json = sender.Bounce(Address, "order-17@example.com", host.Now);
                var (empty, _) = sender.Sign(json, host.Now);
                // Blanks inside of what SendGrid signs; behind what the others send.
                var (body, headers) = service == "sendgrid"
                    ? sender.Sign(json + new string(' ', length - Encoding.UTF8.GetByteCount(empty)), host.Now)
                    : sender.Sign(json, host.Now);
                var request = sender.Request(body + new string(' ', length - Encoding.UTF8.GetByteCount(body)), headers);
                request.Headers.TransferEncodingChunked = isChunked;
                Assert.Equal(expected, await host.SendAsync(request));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Another_type_of_content_is_refused(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        string?[] types =
        [
            "text/html", "application/x-www-form-urlencoded", "application/json; charset=utf-16", null,
            service == "ses" ? "a/b" : "text/plain",
        ];
        foreach (var type in types)
        {
            var request = sender.Request(sender.Bounce(Address, "order-17@example.com", host.Now), host.Now);
            request.Content!.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, await host.SendAsync(request));
        }
        var compressed = sender.Request(sender.Bounce(Address, "order-17@example.com", host.Now), host.Now);
        compressed.Content!.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await host.SendAsync(compressed));
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task What_is_not_well_formed_is_refused(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        var (open, close) = service == "sendgrid" ? ("[{\"event\":\"bounce\",\"a\":", "}]") : ("{\"RecordType\":\"Bounce\",\"a\":", "}");
        string[] bodies =
        [
            "{", "{\"a\":1,}", $"{open}{new string('[', 40)}{new string(']', 40)}{close}",
            $"{open}{new string('[', 100_000)}", service == "sendgrid" ? "{}" : "{]", "{\"a\":1}}",
        ];
        foreach (var body in bodies)
            Assert.Equal(HttpStatusCode.BadRequest, await host.SendAsync(sender.Request(body, host.Now)));
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Only_a_post_is_taken(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            Assert.Equal(
                HttpStatusCode.MethodNotAllowed, await host.SendAsync(new HttpRequestMessage(method, $"feedback/{service}")));
        }
        AssertRefused(host);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task What_could_not_be_recorded_is_not_confirmed_and_is_taken_when_it_comes_again(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        var (body, headers) = sender.Sign(sender.Bounce(Address, "order-17@example.com", host.Now), host.Now);
        host.Failure = new TimeoutException("The database is away.");

        using var answer = await host.Client.SendAsync(sender.Request(body, headers), WebhookHost.Cancellation);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, TimeSpan.FromMinutes(1)), (answer.StatusCode, answer.Headers.RetryAfter!.Delta!.Value));
        Assert.Contains(host.Log.Lines, line => line.Contains("The database is away.", StringComparison.Ordinal));
        Assert.Empty(host.Recorded);
        host.Failure = null;

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(sender.Request(body, headers)));
        Assert.Single(host.Recorded);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task The_log_has_no_secret_and_no_address(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = host.Sender(service);
        await host.SendAsync(service, sender.Bounce(Address, "order-17@example.com", host.Now));
        await host.SendAsync(sender.Request("{", host.Now));
        await host.SendAsync(WebhookSender.Create(service, isForger: true).Request(sender.Bounce(Address, "x", host.Now), host.Now));

        Assert.Contains(host.Log.Lines, line => line.Contains($"request to {service} was refused", StringComparison.Ordinal));
        foreach (var secret in new[] { Address, MailgunSender.Key, PostmarkSender.Password, "mailgun-signing", "pass:w", "order-17" })
            Assert.DoesNotContain(host.Log.Lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    private static string Replace(WebhookSender sender, WebhookHost host, string old, string changed)
    {
        var (body, _) = sender.Sign(sender.Bounce(Address, "order-17@example.com", host.Now), host.Now);
        Assert.Contains(old, body, StringComparison.Ordinal);
        return body.Replace(old, changed, StringComparison.Ordinal);
    }

    private static void AssertRefused(WebhookHost host) => Assert.Empty(host.Recorded);
}
