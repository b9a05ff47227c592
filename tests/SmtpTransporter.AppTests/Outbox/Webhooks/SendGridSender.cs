using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>The signed event webhook of SendGrid.</summary>
internal sealed class SendGridSender(ECDsa? key = null) : WebhookSender
{
    public const string SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
    public const string TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

    private readonly ECDsa _key = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public override string Name => "sendgrid";

    public string PublicKey => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    public override string Bounce(string address, string messageId, DateTimeOffset at) => $$"""
        [{"email":"{{address}}","timestamp":{{at.ToUnixTimeSeconds()}},"smtp-id":"<{{messageId}}>","event":"bounce",
          "category":["orders"],"sg_event_id":"event-1","sg_message_id":"sg-1","reason":"550 5.1.1 No such user here",
          "status":"5.1.1","type":"bounce","bounce_classification":"Invalid Address","ip":"192.0.2.1","tls":1},
         {"email":"{{address}}","timestamp":{{at.ToUnixTimeSeconds()}},"event":"processed","sg_event_id":"event-0"}]
        """;

    public override (string Body, (string Name, string Value)[] Headers) Sign(string json, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = _key.SignData(
            Encoding.UTF8.GetBytes(time + json), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return (json, [(SignatureHeader, Convert.ToBase64String(signature)), (TimestampHeader, time)]);
    }
}
