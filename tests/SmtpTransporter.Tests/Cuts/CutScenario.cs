using SmtpTransport.Testing;

namespace SmtpTransport.Tests;

/// <summary>An exchange between the client and the server, which is cut.</summary>
/// <param name="Login">How the client authenticates; null if it does not.</param>
/// <param name="Tls">Whether it upgrades with STARTTLS.</param>
/// <param name="Chunks">BDAT instead of DATA.</param>
/// <param name="Recipients">How many.</param>
/// <param name="Refusal">What the server refuses.</param>
/// <param name="Before">What the connection was used for.</param>
/// <param name="Pipelines">Whether the server offers PIPELINING.</param>
internal sealed record CutScenario(
    AuthenticationMode? Login, bool Tls, bool Chunks, int Recipients, CutRefusal Refusal = CutRefusal.None, CutUse Before = CutUse.None,
    bool Pipelines = true)
{
    public const string User = "me@example.com";
    public const string Secret = "correct horse";

    private static readonly AuthenticationMode?[] Logins =
        [null, AuthenticationMode.Plain, AuthenticationMode.Login, AuthenticationMode.CramMd5, AuthenticationMode.OAuth2];

    private static readonly CutRefusal[] Refusals = [.. Enum.GetValues<CutRefusal>().Where(r => r != CutRefusal.None)];

    private static readonly CutUse[] Uses = [.. Enum.GetValues<CutUse>().Where(u => u != CutUse.None)];

    private static readonly bool[] Both = [false, true];

    public static IReadOnlyList<CutScenario> All { get; } =
    [
        .. from login in Logins
           from tls in Both
           from chunks in Both
           from recipients in (int[])[1, 3]
           select new CutScenario(login, tls, chunks, recipients),
        .. from refusal in Refusals
           from chunks in Both
           from pipelines in Both
           select new CutScenario(null, false, chunks, 3, refusal, Pipelines: pipelines),
        .. from before in Uses
           from tls in Both
           from chunks in Both
           select new CutScenario(null, tls, chunks, 3, Before: before),
        .. from chunks in Both
           select new CutScenario(null, false, chunks, 3, Pipelines: false),
    ];

    /// <summary>Whether the client sends the end of the message if nothing is cut.</summary>
    public bool SendsEnd => Refusal is CutRefusal.None or CutRefusal.OneRecipient or CutRefusal.OneRecipientForNow
        or CutRefusal.Message or CutRefusal.MessageForNow
        || (Chunks && (Pipelines || Refusal == CutRefusal.Data));

    /// <summary>Its place among all of them.</summary>
    public int Number => All.ToList().IndexOf(this);

    /// <summary>Whether it is one of the shortest.</summary>
    public bool IsShort => Login is null && !Tls && Recipients == 1;

    public SmtpTestServer StartServer()
    {
        var server = SmtpTestServer.Start(new()
        {
            Tls = Tls ? SmtpTestTlsMode.StartTls : SmtpTestTlsMode.None,
            // In TLS 1.3 a record does not show whether it has data of the application.
            TlsProtocols = Tls ? System.Security.Authentication.SslProtocols.Tls12 : default,
            Chunking = Chunks,
            Pipelining = Pipelines,
            Users = Login is null or AuthenticationMode.OAuth2
                ? new Dictionary<string, string>() : new Dictionary<string, string> { [User] = Secret },
            AccessToken = Login == AuthenticationMode.OAuth2 ? Secret : null,
        });
        server.Script.On(SmtpStep.RcptTo, "nobody@").Reply(550, "5.1.1 Nobody of this name");
        _ = Refusal switch
        {
            CutRefusal.Sender => server.Script.On(SmtpStep.MailFrom).Reply(550, "5.7.1 Not from you"),
            CutRefusal.OneRecipient => server.Script.On(SmtpStep.RcptTo, "r1@").Reply(550, "5.1.1 Unknown"),
            CutRefusal.OneRecipientForNow => server.Script.On(SmtpStep.RcptTo, "r0@").Reply(451, "4.3.0 Later"),
            CutRefusal.AllRecipients => server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 Unknown"),
            CutRefusal.Data => server.Script.On(Chunks ? SmtpStep.EndOfData : SmtpStep.Data).Reply(554, "5.3.0 No"),
            CutRefusal.Message => server.Script.On(SmtpStep.EndOfData).Reply(554, "5.6.0 Not this"),
            CutRefusal.MessageForNow => server.Script.On(SmtpStep.EndOfData).Reply(451, "4.3.0 Later"),
            _ => null,
        };
        return server;
    }

    public override string ToString() => string.Join(", ", ((string?[])
    [
        Login?.ToString() ?? "no login", Tls ? "STARTTLS" : "plain", Chunks ? "BDAT" : "DATA", $"{Recipients} recipients",
        Refusal == CutRefusal.None ? null : $"refused: {Refusal}", Before == CutUse.None ? null : $"kept: {Before}",
        Pipelines ? null : "one command at a time",
    ]).OfType<string>());
}
