namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class OpenSmtpdTests(ServerFixture<OpenSmtpdTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<OpenSmtpdTests>>, IServerTests
{
    public static LabServer Server { get; } = new("opensmtpd")
    {
        Port = 2551,
        HasTls = false,
        HopPort = 2651,
        Queue = ["var/spool/smtpd/queue/*"],
        DefersContent = false,
        TakesUtf8 = false,
        LimitsConnections = false,
    };
}
