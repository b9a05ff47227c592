using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>What the outbox has recorded of an email that came back.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Source">The email that came back, as it was read.</param>
public sealed record OutboxFeedback(EmailFeedback Source)
{
    /// <summary>
    /// The id of the email that it is about; null if nothing is recorded: this outbox has no such email any more, its content was erased,
    /// or what came back is no report about delivery, no complaint and no unsubscribe.
    /// </summary>
    public Guid? EmailId { get; init; }

    /// <summary>
    /// What is recorded of it, for each recipient: what was not known as it first came. If it comes again (<see cref="IsRepeated"/>), it is
    /// the same once more. Empty if all of it was known by another report.
    /// </summary>
    public IReadOnlyList<RecipientReport> Reports { get; init; } = [];

    /// <summary>
    /// Whether the same report was recorded before, as after a crash between recording and marking it as read. The application may have got
    /// it then, or not. Default: false.
    /// </summary>
    public bool IsRepeated { get; init; }

    /// <summary>Returns the id and the number of recipients; no address.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => $"{Source.Kind} of {EmailId}: {Reports.Count} recipients";
}
