namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class SendmailTests(ServerFixture<SendmailTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<SendmailTests>>, IServerTests
{
    public static LabServer Server { get; } = new("sendmail")
    {
        Port = 2542,
        ClearPort = 2541,
        HopPort = 2641,
        Queue = ["var/spool/mqueue/qf*"],
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
        TakesUtf8 = false,
    };
}
