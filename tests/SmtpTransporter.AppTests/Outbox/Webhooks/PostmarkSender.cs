using System.Text;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>The webhooks of Postmark.</summary>
internal sealed class PostmarkSender(bool isForger = false) : WebhookSender
{
    public const string User = "postmark";
    public const string Password = "pass:wörd-1";

    public override string Name => "postmark";

    public override string Bounce(string address, string messageId, DateTimeOffset at) => $$"""
        {"RecordType":"Bounce","MessageStream":"outbound","ID":4323372036854775807,"Type":"HardBounce","TypeCode":1,
         "Name":"Hard bounce","Tag":"orders","MessageID":"883953f4-6105-42a2-a16a-77a8eac79483","ServerID":23,
         "Metadata":{"Email-Id":"<{{messageId}}>"},"Description":"The server was unable to deliver your message",
         "Details":"smtp;550 5.1.1 No such user here","Email":"{{address}}","From":"shop@example.com",
         "BouncedAt":"{{at:O}}","DumpAvailable":true,"Inactive":true,"CanActivate":true,"Subject":"Order"}
        """;

    public override (string Body, (string Name, string Value)[] Headers) Sign(string json, DateTimeOffset at)
    {
        var login = $"{User}:{(isForger ? "pass:wörd-0" : Password)}";
        return (json, [("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(login))}")]);
    }
}
