namespace SmtpTransport.Outbox;

/// <summary>What one send wants to record: a mark (with a worker), an end (with a settlement), or that it gives the email back.</summary>
internal sealed class WriteRequest
{
    public required Claim Claim { get; init; }

    public string? Worker { get; init; }

    public Settlement? Settlement { get; set; }

    /// <summary>Whether the texts were left out because the database refused them.</summary>
    public bool IsReduced { get; set; }

    /// <summary>Whether an earlier try may have written it, although its answer was lost.</summary>
    public bool MayBeWritten { get; set; }

    /// <summary>Whether an earlier try waited too long, perhaps for the row of this email.</summary>
    public bool MayBeLocked { get; set; }

    /// <summary>Whether the log says that another session holds the row.</summary>
    public bool IsLockReported { get; set; }

    public TaskCompletionSource<WriteAnswer> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
