namespace SmtpTransport.Testing;

/// <summary>
/// What the handlers of one conversation share: the server, the session that a test reads, the connection, and the state of the protocol.
/// Used by one task.
/// </summary>
internal sealed class ConversationContext
{
    public ConversationContext(ServerState server, SmtpTestSession session, Wire wire)
    {
        (Server, Session, Wire) = (server, session, wire);
        Replies = new ReplySender(server, session, wire);
        Commands = new CommandRecorder(session);
    }

    public ServerState Server { get; }

    public SmtpTestServerOptions Options => Server.Options;

    public SmtpTestSession Session { get; }

    public Wire Wire { get; }

    public ReplySender Replies { get; }

    public CommandRecorder Commands { get; }

    /// <summary>Whether the client has sent a successful EHLO or HELO.</summary>
    public bool IsGreeted { get; private set; }

    /// <summary>Whether that greeting was EHLO, so that extensions may be used.</summary>
    public bool IsExtended { get; private set; }

    public bool IsAuthenticated { get; set; }

    /// <summary>The open transaction, or null.</summary>
    public Transaction? Transaction { get; set; }

    public bool OffersStartTls => Options.Tls == SmtpTestTlsMode.StartTls && !Session.IsSecure;

    public bool OffersAuth => Options.OfferedMechanisms.Count > 0
        && (Session.IsSecure || Options.Tls == SmtpTestTlsMode.None || Options.OfferAuthWithoutTls);

    public bool OffersRequireTls => Options.RequireTls && Session.IsSecure;

    public long SizeLimit => Options.SizeLimit ?? long.MaxValue;

    /// <summary>A greeting also ends an open transaction (RFC 5321, section 4.1.4).</summary>
    public void Greet(bool extended)
    {
        IsGreeted = true;
        IsExtended = extended;
        Transaction = null;
    }

    /// <summary>Forgets everything that was sent before TLS (RFC 3207, section 4.2).</summary>
    public void BeginSecure()
    {
        Session.IsSecure = true;
        IsGreeted = IsExtended = IsAuthenticated = false;
        Session.AuthenticatedUser = null;
        Transaction = null;
    }
}
