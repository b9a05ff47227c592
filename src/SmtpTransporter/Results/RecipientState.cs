namespace SmtpTransport;

/// <summary>What became of the message for one recipient.</summary>
public enum RecipientState
{
    /// <summary>
    /// The transaction ended before the server decided about this recipient: nothing was delivered to it. The default value.
    /// </summary>
    NotTried,

    /// <summary>
    /// The server accepted the recipient and the message for it. If the <see cref="SendResult.Outcome"/> is <see cref="Outcome.Unknown"/>,
    /// only the recipient was accepted, and it is not known whether the message was.
    /// </summary>
    Accepted,

    /// <summary>The server refused permanently (a 5yz reply).</summary>
    Refused,

    /// <summary>The server refused for now (a 4yz reply): another attempt later may succeed.</summary>
    Deferred,

    /// <summary>The recipient is on a suppression list, so it was left out: nothing was sent to it.</summary>
    Suppressed,
}
