namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class EximTests(ServerFixture<EximTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<EximTests>>, IServerTests
{
    public static LabServer Server { get; } = new("exim")
    {
        Port = 2512,
        ClearPort = 2511,
        HopPort = 2611,
        Queue = ["var/spool/exim4/input/*-H"],
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
    };
}
