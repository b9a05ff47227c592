namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class AiosmtpdTests(ServerFixture<AiosmtpdTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<AiosmtpdTests>>, IServerTests
{
    public static LabServer Server { get; } = new("aiosmtpd")
    {
        Port = 2582,
        ClearPort = 2581,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login],
        LimitsConnections = false,
    };
}
