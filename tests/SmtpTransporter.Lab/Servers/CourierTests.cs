namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class CourierTests(ServerFixture<CourierTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<CourierTests>>, IServerTests
{
    public static LabServer Server { get; } = new("courier")
    {
        Port = 2561,
        HopPort = 2661,
        Queue = ["var/lib/courier/msgs/C*", "var/lib/courier/msgq/C*"],
        RefusedDomain = "local.test",
        DefersRecipients = false,
        DefersSenders = false,
        RefusesContent = false,
        DefersContent = false,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
    };
}
