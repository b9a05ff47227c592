namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class NpmSmtpServerTests(ServerFixture<NpmSmtpServerTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<NpmSmtpServerTests>>, IServerTests
{
    public static LabServer Server { get; } = new("smtp-server")
    {
        Port = 2702,
        ClearPort = 2701,
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
    };
}
