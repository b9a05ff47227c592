namespace SmtpTransport.Lab;

/// <summary>What a test must know of a server: where it listens, what it can refuse, and where its emails go.</summary>
/// <param name="Name">The name of its folder below <c>servers</c>.</param>
public sealed record LabServer(string Name)
{
    /// <summary>The port that the tests use.</summary>
    public required int Port { get; init; }

    /// <summary>Whether <see cref="Port"/> offers STARTTLS; if not, the emails go in clear text.</summary>
    public bool HasTls { get; init; } = true;

    /// <summary>A second port whose offer differs, or 0.</summary>
    public int ClearPort { get; init; }

    /// <summary>The port to which it relays, or 0 if it stores messages itself.</summary>
    public int HopPort { get; init; }

    /// <summary>Whether it offers DSN (RFC 3461).</summary>
    public bool OffersDsn { get; init; } = true;

    /// <summary>The addresses of the pages that list its messages, if it neither relays nor stores files; null for the others.</summary>
    public IWebStore? WebStore { get; init; }

    /// <summary>The files below its own that it has while an email is still to be relayed.</summary>
    public IReadOnlyList<string> Queue { get; init; } = [];

    /// <summary>The mechanisms that it knows and this library, too; empty if it has no logins.</summary>
    public IReadOnlyList<AuthenticationMode> Mechanisms { get; init; } = [];

    /// <summary>Whether it refuses a wrong password.</summary>
    public bool ChecksPasswords { get; init; } = true;

    public string User { get; init; } = "me";

    /// <summary>The domain in which it refuses each recipient named refused…; null if it refuses none.</summary>
    public string? RefusedDomain { get; init; } = "ok.test";

    /// <summary>Whether it answers a recipient named later… with 4yz.</summary>
    public bool DefersRecipients { get; init; } = true;

    /// <summary>Whether it refuses the sender bad@client.test.</summary>
    public bool RefusesSenders { get; init; } = true;

    /// <summary>Whether it answers the sender later@client.test with 4yz.</summary>
    public bool DefersSenders { get; init; } = true;

    /// <summary>Whether it refuses a message with CONTENT-REFUSED in its subject.</summary>
    public bool RefusesContent { get; init; } = true;

    /// <summary>Whether it answers a message with CONTENT-LATER in its subject with 4yz.</summary>
    public bool DefersContent { get; init; } = true;

    /// <summary>Whether it refuses a message of more than two megabytes.</summary>
    public bool LimitsSize { get; init; } = true;

    /// <summary>Whether it can be told to take no more than two connections.</summary>
    public bool LimitsConnections { get; init; } = true;

    /// <summary>Whether it takes addresses that are not ASCII.</summary>
    public bool TakesUtf8 { get; init; } = true;

    /// <summary>Whether it has stored what it took when it answers; if not, its end may lose some of that.</summary>
    public bool StoresBeforeItAnswers { get; init; } = true;

    /// <summary>Whether it takes an email with the null path as its sender.</summary>
    public bool TakesNullPath { get; init; } = true;

    /// <summary>Whether its store has the sender as it came; if not, tests hold no sender against it.</summary>
    public bool KeepsSenders { get; init; } = true;

    /// <summary>Whether its store has the message as it came; if not, tests compare no contents.</summary>
    public bool KeepsContents { get; init; } = true;

    /// <summary>Whether it mixes up emails that follow one another without waiting: its emails are sent in turn then.</summary>
    public bool MixesOverlapped { get; init; }

    public override string ToString() => Name;
}
