namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class ChasquidTests(ServerFixture<ChasquidTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<ChasquidTests>>, IServerTests
{
    public static LabServer Server { get; } = new("chasquid")
    {
        Port = 2572,
        ClearPort = 2571,
        // Others, which begin with a dot, are being written, or were when the server was killed.
        Queue = ["var/lib/chasquid/queue/m:*"],
        User = "me@client.test",
        Mechanisms = [AuthenticationMode.Plain],
        DefersRecipients = false,
        RefusesSenders = false,
        DefersSenders = false,
        DefersContent = false,
        LimitsConnections = false,
    };
}
