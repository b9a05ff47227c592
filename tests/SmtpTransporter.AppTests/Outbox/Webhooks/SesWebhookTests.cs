using System.Net;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>Amazon SNS: signatures, certificates and subscriptions.</summary>
public sealed class SesWebhookTests
{
    private const string Address = "ann@example.org";

    private readonly SesSender _sender = new();

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Both_versions_of_the_signature_count_and_a_certificate_is_fetched_once(string version)
    {
        await using var host = await WebhookHost.StartAsync();
        var sender = new SesSender { Version = version };
        var gate = new TaskCompletionSource();
        host.Sns.Gate = gate.Task;

        var answers = Enumerable.Range(0, 20).Select(_ => host.SendAsync(
            sender.Request(sender.Message("Notification", Bounce(host), host.Now, m => m["Subject"] = "Amazon SES\n\"é\""), []))).ToList();
        gate.SetResult();

        Assert.All(await Task.WhenAll(answers), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal(20, host.Recorded.Count);
        Assert.Equal(new Uri(SesSender.CertificateUrl), Assert.Single(host.Sns.Asked));
    }

    [Theory]
    [InlineData("http://sns.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com.example.org/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com@example.org/x.pem")]
    [InlineData("https://user@sns.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com:8443/x.pem")]
    [InlineData("https://sns.eu-west-1.amazonaws.com/x.pem?y")]
    [InlineData("https://sns.eu-west-1.amazonaws.com/x.txt")]
    [InlineData("https://evil.sns.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://s3.eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://sns.amazonaws.com.evil/x.pem")]
    [InlineData("https://sns-eu-west-1.amazonaws.com/x.pem")]
    [InlineData("https://localhost/x.pem")]
    [InlineData("file:///etc/passwd.pem")]
    [InlineData("x.pem")]
    [InlineData("")]
    public async Task A_certificate_elsewhere_is_not_even_asked_for(string url)
    {
        await using var host = await WebhookHost.StartAsync();

        var status = await SendAsync(host, "Notification", m => m["SigningCertURL"] = url);

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Empty(host.Sns.Asked);
        Assert.Empty(host.Recorded);
    }

    [Theory]
    [InlineData("https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-1.pem")]
    [InlineData("https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem")]
    public async Task The_certificates_of_other_regions_count(string url)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await SendAsync(host, "Notification", m => m["SigningCertURL"] = url));
        Assert.Equal(new Uri(url), Assert.Single(host.Sns.Asked));
    }

    [Theory]
    [InlineData("Notification")]
    [InlineData("SubscriptionConfirmation")]
    [InlineData("UnsubscribeConfirmation")]
    public async Task Another_topic_is_refused_before_anything_is_asked_for(string type)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(host, type, m => m["TopicArn"] = $"{SesSender.Topic}2"));
        Assert.Empty(host.Sns.Asked);
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(302, "")]
    [InlineData(500, "")]
    [InlineData(200, "no certificate")]
    [InlineData(200, null)]
    public async Task A_certificate_that_cannot_be_had_is_asked_for_again(int status, string? body)
    {
        var isThere = false;
        var time = DateTimeOffset.UtcNow;
        using var sns = new SesSender.Server(
            _ => isThere ? (HttpStatusCode.OK, SesSender.Certificate(time)) : ((HttpStatusCode)status, body ?? new string('x', 100_000)));
        await using var host = await WebhookHost.StartAsync(o => o.HttpHandler = sns);
        time = host.Now;

        var message = _sender.Message("Notification", Bounce(host), host.Now);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await host.SendAsync(_sender.Request(message, [])));
        isThere = true;
        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(_sender.Request(message, [])));
        Assert.Single(host.Recorded);
        Assert.Equal(2, sns.Asked.Count);
    }

    [Fact]
    public async Task A_certificate_behind_a_redirect_that_a_handler_has_followed_counts_for_nothing()
    {
        await using var host = await WebhookHost.StartAsync();
        host.Sns.RedirectTo = new Uri("https://example.org/x.pem");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(host, "Notification"));
        Assert.Empty(host.Recorded);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(-11)]
    public async Task A_certificate_outside_its_time_counts_for_nothing(int days)
    {
        var time = DateTimeOffset.UtcNow;
        using var sns = new SesSender.Server(_ => (HttpStatusCode.OK, SesSender.Certificate(time)));
        await using var host = await WebhookHost.StartAsync(o => o.HttpHandler = sns);
        time = host.Now.AddDays(days);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SendAsync(host, "Notification"));
        Assert.Empty(host.Recorded);
    }

    [Fact]
    public async Task A_silent_server_of_certificates_holds_nothing_up_for_longer_than_its_time()
    {
        await using var host = await WebhookHost.StartAsync();
        host.Sns.Gate = new TaskCompletionSource().Task;
        var waiting = Enumerable.Range(0, 4)
            .Select(i => SendAsync(host, "Notification", m => m["SigningCertURL"] = UrlOf(i))).ToList();
        await host.Sns.WaitAsync(4, WebhookHost.Cancellation);

        Assert.Equal(
            HttpStatusCode.ServiceUnavailable, await SendAsync(host, "Notification", m => m["SigningCertURL"] = UrlOf(5)));
        host.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));

        static string UrlOf(int number) => $"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{number}.pem";
    }

    [Fact]
    public async Task A_subscription_is_confirmed_once_at_the_URL_that_was_signed()
    {
        await using var host = await WebhookHost.StartAsync();
        var body = _sender.Message("SubscriptionConfirmation", "You have chosen to subscribe", host.Now);

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(_sender.Request(body, [])));
        Assert.Equal(HttpStatusCode.OK, await host.SendAsync(_sender.Request(body, [])));

        Assert.Equal(
            [SesSender.CertificateUrl, "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"],
            host.Sns.Asked.Select(u => u.AbsoluteUri));
        Assert.Contains(host.Log.Lines, line => line.Contains($"{SesSender.Topic} of Amazon SNS was confirmed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://example.org/?Action=ConfirmSubscription")]
    [InlineData("http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription")]
    [InlineData("https://sns.eu-west-1.amazonaws.com.example.org/")]
    public async Task A_subscription_elsewhere_is_not_visited_even_if_it_is_signed(string url)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(host, "SubscriptionConfirmation", m => m["SubscribeURL"] = url));
        Assert.Equal(SesSender.CertificateUrl, Assert.Single(host.Sns.Asked).AbsoluteUri);
    }

    [Fact]
    public async Task A_subscription_with_a_wrong_signature_is_not_visited()
    {
        await using var host = await WebhookHost.StartAsync();
        var forger = new SesSender(isForger: true);

        Assert.Equal(
            HttpStatusCode.Forbidden,
            await host.SendAsync(forger.Request(forger.Message("SubscriptionConfirmation", "", host.Now), [])));
        Assert.Equal(SesSender.CertificateUrl, Assert.Single(host.Sns.Asked).AbsoluteUri);
    }

    [Fact]
    public async Task The_end_of_a_subscription_is_told_and_not_undone()
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await SendAsync(host, "UnsubscribeConfirmation"));
        Assert.Equal(SesSender.CertificateUrl, Assert.Single(host.Sns.Asked).AbsoluteUri);
        Assert.Contains(host.Log.Lines, line => line.Contains("has ended", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Successfully validated SNS topic for Amazon SES event publishing.")]
    [InlineData("""{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have successfully subscribed."}""")]
    [InlineData("""{"eventType":"Open","mail":{"source":"shop@example.com"},"open":{}}""")]
    [InlineData("""{"eventType":"Bounce","bounce":[],"mail":7}""")]
    public async Task What_says_nothing_of_the_delivery_is_accepted_and_not_recorded(string message)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.OK, await host.SendAsync("ses", message));
        Assert.Empty(host.Recorded);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"Type":"Other"}""")]
    [InlineData("""{"Type":"Notification","Type":"Notification"}""")]
    [InlineData("""{"eventType":"Bounce","bounce":{}}""")]
    public async Task What_is_no_message_of_SNS_is_refused(string body)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, await host.SendAsync(_sender.Request(body, [])));
        Assert.Empty(host.Sns.Asked);
    }

    [Theory]
    [InlineData("Message")]
    [InlineData("MessageId")]
    [InlineData("Timestamp")]
    public async Task A_message_without_a_field_that_is_signed_is_refused(string field)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(host, "Notification", m => m.Remove(field)));
    }

    private Task<HttpStatusCode> SendAsync(
        WebhookHost host, string type, Action<System.Text.Json.Nodes.JsonObject>? change = null) =>
        host.SendAsync(_sender.Request(_sender.Message(type, Bounce(host), host.Now, change), []));

    private string Bounce(WebhookHost host) => _sender.Bounce(Address, "order-17@example.com", host.Now);
}
