namespace SmtpTransport.Tests;

/// <summary>What the <see cref="EchoServer"/> does to an authentication, or to the message after it.</summary>
public enum Manner
{
    Accept,
    EchoAll,
    Refuse,
    NotNow,
    ClosingDown,
    Reset,
    Hang,
    Cancel,
    Garbage,
    Endless,
    JsonError,
    DemandLogin,
    RefuseSender,
    RefuseRecipient,
    RefuseData,
    RefuseMessage,
}

internal static class MannerFacts
{
    /// <summary>Whether the server echoes secrets; if not, only the client itself can have leaked them.</summary>
    public static bool Echoes(this Manner manner) => manner is not (Manner.Accept or Manner.Reset or Manner.Hang or Manner.Cancel);

    /// <summary>The server sends an error in JSON for tokens only.</summary>
    public static bool Exists(this Manner manner, AuthenticationMode mode) =>
        manner != Manner.JsonError || mode is AuthenticationMode.OAuth2 or AuthenticationMode.OAuthBearer;

    /// <summary>The expected result, which proves that each row tests what it claims to test.</summary>
    public static (Outcome Outcome, int Status) Expected(this Manner manner) => manner switch
    {
        Manner.Accept or Manner.EchoAll => (Outcome.Accepted, 250),
        Manner.Refuse or Manner.JsonError => (Outcome.NotSent, 535),
        Manner.NotNow => (Outcome.NotSent, 454),
        Manner.ClosingDown => (Outcome.NotSent, 421),
        Manner.DemandLogin => (Outcome.Refused, 530),
        Manner.RefuseSender or Manner.RefuseRecipient => (Outcome.Refused, 550),
        Manner.RefuseData => (Outcome.Deferred, 451),
        Manner.RefuseMessage => (Outcome.Refused, 554),
        _ => (Outcome.NotSent, 0),
    };
}
