namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class HarakaTests(ServerFixture<HarakaTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<HarakaTests>>, IServerTests
{
    public static LabServer Server { get; } = new("haraka")
    {
        Port = 2712,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
        LimitsConnections = false,
    };
}
