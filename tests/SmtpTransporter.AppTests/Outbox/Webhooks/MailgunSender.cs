using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>The webhooks of Mailgun.</summary>
internal sealed class MailgunSender(bool isForger = false) : WebhookSender
{
    public const string Key = "mailgun-signing-key-1";

    private readonly string _key = isForger ? "mailgun-signing-key-0" : Key;

    public override string Name => "mailgun";

    /// <summary>The random part; a new one for each request if it is null.</summary>
    public string? Token { get; set; }

    public override string Bounce(string address, string messageId, DateTimeOffset at) => $$$$"""
        {"event":"failed","severity":"permanent","reason":"bounce","id":"event-1","log-level":"error",
         "timestamp":{{{{at.ToUnixTimeMilliseconds() / 1000.0:F3}}}},"recipient":"{{{{address}}}}","recipient-domain":"example.org",
         "delivery-status":{"code":550,"enhanced-code":"5.1.1","message":"5.1.1 No such user here","description":"",
         "mx-host":"mx.example.org","attempt-no":1,"session-seconds":0.5,"bounce-type":"hard"},
         "envelope":{"sender":"shop@example.com","transport":"smtp","targets":"{{{{address}}}}"},
         "message":{"headers":{"to":"{{{{address}}}}","message-id":"{{{{messageId}}}}","from":"shop@example.com","subject":"Order"},
         "attachments":[],"size":512},"tags":[],"user-variables":{}}
        """;

    public override (string Body, (string Name, string Value)[] Headers) Sign(string json, DateTimeOffset at)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var token = Token ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(25));
        var signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key), Encoding.UTF8.GetBytes(time + token)));
        return ($$$$"""
            {"signature":{"timestamp":"{{{{time}}}}","token":"{{{{token}}}}","signature":"{{{{signature}}}}"},"event-data":{{{{json}}}}}
            """, []);
    }
}
