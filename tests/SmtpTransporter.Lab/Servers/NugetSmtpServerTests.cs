namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class NugetSmtpServerTests(ServerFixture<NugetSmtpServerTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<NugetSmtpServerTests>>, IServerTests
{
    public static LabServer Server { get; } = new("smtpserver")
    {
        Port = 2742,
        ClearPort = 2741,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login],
        DefersRecipients = false,
        DefersSenders = false,
        DefersContent = false,
        LimitsConnections = false,
    };
}
