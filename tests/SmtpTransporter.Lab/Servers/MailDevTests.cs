namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class MailDevTests(ServerFixture<MailDevTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<MailDevTests>>, IServerTests
{
    public static LabServer Server { get; } = new("maildev")
    {
        Port = 2705,
        HasTls = false,
        WebStore = new MailDevStore("http://127.0.0.1:2755/api"),
        RefusedDomain = null,
        RefusesSenders = false,
        DefersRecipients = false,
        DefersSenders = false,
        RefusesContent = false,
        DefersContent = false,
        LimitsSize = false,
        LimitsConnections = false,
    };
}
