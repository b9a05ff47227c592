namespace SmtpTransport.Lab;

[Trait("Half", "Other")]
public sealed class Smtp4devTests(ServerFixture<Smtp4devTests> lab)
    : ServerTests(lab), IClassFixture<ServerFixture<Smtp4devTests>>, IServerTests
{
    public static LabServer Server { get; } = new("smtp4dev")
    {
        Port = 2751,
        WebStore = new Smtp4devStore("http://127.0.0.1:2758"),
        Mechanisms = [AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5],
        ChecksPasswords = false,
        RefusedDomain = null,
        RefusesSenders = false,
        DefersRecipients = false,
        DefersSenders = false,
        RefusesContent = false,
        DefersContent = false,
        LimitsSize = false,
        LimitsConnections = false,
        // It shows A-labels as characters that they do not stand for.
        KeepsSenders = false,
        StoresBeforeItAnswers = false,
    };
}
