namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class TwistedTests(ServerFixture<TwistedTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<TwistedTests>>, IServerTests
{
    public static LabServer Server { get; } = new("twisted")
    {
        Port = 2596,
        ClearPort = 2595,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login],
        DefersRecipients = false,
        DefersSenders = false,
        DefersContent = false,
        LimitsSize = false,
        LimitsConnections = false,
        TakesUtf8 = false,
    };
}
