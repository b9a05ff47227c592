namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class GoSmtpTests(ServerFixture<GoSmtpTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<GoSmtpTests>>, IServerTests
{
    public static LabServer Server { get; } = new("go-smtp")
    {
        Port = 2726,
        ClearPort = 2725,
        Mechanisms = [AuthenticationMode.Plain],
        DefersRecipients = false,
        DefersSenders = false,
        DefersContent = false,
        LimitsConnections = false,
    };
}
