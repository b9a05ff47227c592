namespace SmtpTransport.Outbox;

/// <summary>What has become of a mail in the outbox.</summary>
public enum OutboxState
{
    /// <summary>It waits for its time, for its turn, or for another try.</summary>
    Waiting,

    /// <summary>Its message may be on its way to the server at this moment.</summary>
    Sending,

    /// <summary>Every recipient was accepted.</summary>
    Sent,

    /// <summary>A dead letter: a recipient was refused for good, the mail itself is at fault, or its time for retries is over. The others got it.</summary>
    DeadLettered,

    /// <summary>
    /// Parked: the connection or the process ended after the message may have been out and before the answer was known. It may have been delivered;
    /// it is not sent again unless somebody decides so (<see cref="IOutbox.ResendAsync"/>, <see cref="IOutbox.DiscardAsync"/>, <see cref="OutboxOptions.OnUnknown"/>).
    /// </summary>
    Unknown,

    /// <summary>It was cancelled before it was sent.</summary>
    Canceled,

    /// <summary>Somebody has decided that a parked or dead mail is not to be sent.</summary>
    Discarded,
}
