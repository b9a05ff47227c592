using System.Diagnostics;
using System.Net.Security;
using System.Security.Authentication;

namespace SmtpTransport;

/// <summary>What is known of a connection at one moment, for the classifier of failures, the status of a check, and spans.</summary>
internal sealed record ConnectionFacts
{
    /// <summary>What is known before there is a connection.</summary>
    public static readonly ConnectionFacts None = new();

    public DialogueStep Step { get; init; }

    /// <inheritdoc cref="DialogueTracker.ClosingNotice"/>
    public Reply? ClosingNotice { get; init; }

    /// <summary>The server; null if that is not known.</summary>
    public EndpointName? Server { get; init; }

    /// <summary>The server as it stands behind "The server" in a sentence; empty if it is not known.</summary>
    public ErrorText At => Server is null ? ErrorText.OfOurs("") : ErrorText.Say($" {Server}");

    /// <summary>Whether the server listens at a Unix socket.</summary>
    public bool IsUnixSocket { get; init; }

    /// <summary>Whether TLS begins with the first byte.</summary>
    public bool IsImplicitTls { get; init; }

    /// <summary>The first bytes that came from the other side, below TLS; null if none came, or they are not known.</summary>
    public byte[]? FirstBytes { get; init; }

    /// <summary>Why the server's certificate was refused; null if it was not.</summary>
    public CertificateProblem? CertificateProblem { get; init; }

    public string? CertificateSubject { get; init; }

    public DateTimeOffset? CertificateExpiresAt { get; init; }

    public SslProtocols TlsProtocol { get; init; }

    public TlsCipherSuite? TlsCipher { get; init; }

    /// <summary>The SASL mechanism of the authentication; null if there was none.</summary>
    public string? Mechanism { get; init; }

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>How long each step took; null if that is not known.</summary>
    public DialogueTracker? Times { get; init; }

    /// <summary>The step as a result names it. If the steps are not known, all of connecting is one.</summary>
    public SendStep SendStep => Times is null && Step == DialogueStep.Hello ? SendStep.Connect : Step.ToSendStep();

    /// <summary>How long the opening of the connection took, as far as it is known.</summary>
    /// <param name="total">The time of all of it.</param>
    public ConnectionTimings Timings(TimeSpan total) => Times?.Timings(total) ?? new ConnectionTimings { Total = total };

    /// <summary>Reports how the connection was opened, with its steps, to the span of the opening.</summary>
    public void Report(Activity connect)
    {
        SmtpActivitySource.Opened(connect, TlsProtocol, TlsCipher, Mechanism);
        if (Times is null)
            return;
        var tls = Times.TimeIn(DialogueStep.TlsHandshake);
        var beforeTls = Times.TimeIn(DialogueStep.Resolve) + Times.TimeIn(DialogueStep.Connect)
            + Times.TimeIn(DialogueStep.Greeting) + Times.TimeIn(DialogueStep.Hello) + Times.TimeIn(DialogueStep.StartTls);
        SmtpActivitySource.Past(connect, "smtp tls", beforeTls, tls);
        SmtpActivitySource.Past(connect, "smtp authenticate", beforeTls + tls, Times.TimeIn(DialogueStep.Authenticate));
    }
}
