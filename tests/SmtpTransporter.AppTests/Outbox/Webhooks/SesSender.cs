using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>Amazon SES behind Amazon SNS, which signs with a certificate of the test.</summary>
internal sealed class SesSender(bool isForger = false) : WebhookSender
{
    public const string Topic = "arn:aws:sns:eu-west-1:123456789012:ses-feedback";
    public const string CertificateUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";

    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSA OtherKey = RSA.Create(2048);
    private static int _lastId;

    public override string Name => "ses";

    public override string ContentType => "text/plain; charset=UTF-8";

    /// <summary>The version of the signature.</summary>
    public string Version { get; init; } = "2";

    public static string Certificate(DateTimeOffset now)
    {
        var request = new CertificateRequest("CN=sns.amazonaws.com", Key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(now.AddDays(-10), now.AddDays(10));
        return certificate.ExportCertificatePem();
    }

    public override string Bounce(string address, string messageId, DateTimeOffset at) => $$$$"""
        {"notificationType":"Bounce","bounce":{"feedbackId":"0100017-1","bounceType":"Permanent","bounceSubType":"General",
         "bouncedRecipients":[{"emailAddress":"{{{{address}}}}","action":"failed","status":"5.1.1",
         "diagnosticCode":"smtp; 550 5.1.1 No such user here"}],"timestamp":"{{{{at:O}}}}","remoteMtaIp":"192.0.2.1",
         "reportingMTA":"dsn; a8-70.smtp-out.example.com"},"mail":{"timestamp":"{{{{at:O}}}}","source":"shop@example.com",
         "messageId":"0100017-0","destination":["{{{{address}}}}"],"headersTruncated":false,"unknown":{"a":[1,2]},
         "headers":[{"name":"From","value":"shop@example.com"},{"name":"Message-Id","value":"<{{{{messageId}}}}>"}],
         "commonHeaders":{"from":["shop@example.com"],"messageId":"0100017-0","subject":"Order"}}}
        """;

    public override (string Body, (string Name, string Value)[] Headers) Sign(string json, DateTimeOffset at) =>
        (Message("Notification", json, at), [("x-amz-sns-message-type", "Notification")]);

    /// <summary>A signed message of SNS.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">The text in it.</param>
    /// <param name="at">When it was published.</param>
    /// <param name="change">Changes it before it is signed.</param>
    public string Message(string type, string text, DateTimeOffset at, Action<JsonObject>? change = null)
    {
        var message = new JsonObject
        {
            ["Type"] = type,
            ["MessageId"] = $"id-{Interlocked.Increment(ref _lastId)}",
            ["TopicArn"] = Topic,
            ["Message"] = text,
            ["Timestamp"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["SignatureVersion"] = Version,
            ["SigningCertURL"] = CertificateUrl,
            ["MessageAttributes"] = new JsonObject { ["a"] = new JsonObject { ["Type"] = "String", ["Value"] = "b" } },
        };
        if (type == "Notification")
            message["UnsubscribeURL"] = "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe";
        else
            (message["Token"], message["SubscribeURL"]) = ("token", "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription");
        change?.Invoke(message);
        string[] fields = type == "Notification"
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
        var signed = string.Concat(fields.Where(message.ContainsKey).Select(f => $"{f}\n{message[f]}\n"));
        message["Signature"] = Convert.ToBase64String((isForger ? OtherKey : Key).SignData(
            Encoding.UTF8.GetBytes(signed), Version == "1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
        return message.ToJsonString();
    }

    /// <summary>SNS itself, without a network.</summary>
    public sealed class Server(Func<Uri, (HttpStatusCode Status, string Body)> answer) : HttpMessageHandler
    {
        private readonly SemaphoreSlim _asked = new(0);

        public ConcurrentQueue<Uri> Asked { get; } = new();

        /// <summary>What a redirect was followed to; null for none.</summary>
        public Uri? RedirectTo { get; set; }

        /// <summary>What the answers wait for.</summary>
        public Task Gate { get; set; } = Task.CompletedTask;

        /// <summary>Completes once it was asked so often more.</summary>
        public async Task WaitAsync(int count, CancellationToken cancellationToken)
        {
            for (var i = 0; i < count; i++)
                await _asked.WaitAsync(cancellationToken);
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Enqueue(request.RequestUri!);
            _asked.Release();
            await Gate.WaitAsync(cancellationToken);
            var (status, body) = answer(request.RequestUri!);
            request.RequestUri = RedirectTo ?? request.RequestUri;
            return new HttpResponseMessage(status) { Content = new StringContent(body), RequestMessage = request };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _asked.Dispose();
            base.Dispose(disposing);
        }
    }
}
