namespace SmtpTransport.Outbox;

/// <summary>The state of an email in the outbox.</summary>
public enum OutboxState
{
    /// <summary>The email waits for its due time, for a free worker, or for its next attempt.</summary>
    Waiting,

    /// <summary>A worker may be transmitting the message to the server at this moment.</summary>
    Sending,

    /// <summary>The server accepted the message for every recipient.</summary>
    Sent,

    /// <summary>
    /// The outbox gave up: the server refused a recipient permanently, the email itself is not valid, or
    /// <see cref="OutboxOptions.ExpireAfter"/> has elapsed. Recipients that accepted the message have received it.
    /// </summary>
    DeadLettered,

    /// <summary>
    /// Parked: the connection or the process ended after the message may have been transmitted and before the server's reply was known. It
    /// may have been delivered. It is sent again only if someone decides so (<see cref="IOutbox.ResendAsync(Guid, CancellationToken)"/>,
    /// <see cref="IOutbox.DiscardAsync(Guid, CancellationToken)"/>, <see cref="OutboxOptions.OnUnknown"/>).
    /// </summary>
    Unknown,

    /// <summary>The email was canceled before it was sent.</summary>
    Canceled,

    /// <summary>Someone decided that a parked or dead-lettered email is never sent.</summary>
    Discarded,
}
