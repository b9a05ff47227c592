namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class PostfixTests(ServerFixture<PostfixTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<PostfixTests>>, IServerTests
{
    public static LabServer Server { get; } = new("postfix")
    {
        Port = 2522,
        ClearPort = 2521,
        HopPort = 2621,
        Queue =
        [
            "var/spool/postfix/maildrop/*", "var/spool/postfix/active/*", "var/spool/postfix/deferred/*",
        ],
        Mechanisms =
        [
            AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5,
            AuthenticationMode.ScramSha1, AuthenticationMode.ScramSha256,
        ],
        DefersContent = false,
    };
}
