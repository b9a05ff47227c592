namespace SmtpTransport.Lab;

[Trait("Half", "Quick")]
public sealed class DovecotTests(ServerFixture<DovecotTests> lab)
    : RelayTests(lab), IClassFixture<ServerFixture<DovecotTests>>, IServerTests
{
    public static LabServer Server { get; } = new("dovecot")
    {
        Port = 2532,
        HopPort = 2631,
        OffersDsn = false,
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
        TakesUtf8 = false,
    };
}
