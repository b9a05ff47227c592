namespace SmtpTransport;

/// <summary>How the server answered for one recipient.</summary>
public enum RecipientState
{
    /// <summary>The transaction ended before this recipient had an answer that counts: nothing was delivered to it.</summary>
    NotTried,

    /// <summary>
    /// The server accepted the recipient, and the message for it unless the <see cref="SendResult.Outcome"/> is
    /// <see cref="Outcome.Unknown"/>: then only the recipient was accepted, and the fate of the message is not known.
    /// </summary>
    Accepted,

    /// <summary>Refused for good (5yz).</summary>
    Refused,

    /// <summary>Refused for now (4yz): worth another try later.</summary>
    Deferred,
}
