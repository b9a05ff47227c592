namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class NetDumbsterTests(ServerFixture<NetDumbsterTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<NetDumbsterTests>>, IServerTests
{
    public static LabServer Server { get; } = new("netdumbster")
    {
        Port = 2745,
        HasTls = false,
        Mechanisms = [AuthenticationMode.Plain],
        ChecksPasswords = false,
        RefusedDomain = null,
        RefusesSenders = false,
        DefersRecipients = false,
        DefersSenders = false,
        RefusesContent = false,
        DefersContent = false,
        LimitsSize = false,
        LimitsConnections = false,
        TakesUtf8 = false,
        TakesNullPath = false,
        KeepsSenders = false,
        KeepsContents = false,
        MixesOverlapped = true,
    };
}
