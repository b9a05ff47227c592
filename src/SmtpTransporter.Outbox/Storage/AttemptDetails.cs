using System.Text.Json;

namespace SmtpTransport.Outbox;

/// <summary>What is stored of an attempt, as JSON.</summary>
internal sealed record AttemptDetails(string Worker, Outcome? Outcome, int Status, string Text, double Milliseconds)
{
    /// <summary>Stands for an attempt that cannot be decrypted.</summary>
    public static AttemptDetails Unreadable { get; } = new("", null, 0, "It cannot be decrypted.", 0);

    /// <summary>Identifies the decision of a person or a policy; null for an attempt.</summary>
    public Guid? Decision { get; init; }

    /// <summary>Who decided; null for an attempt and for a decision of a policy.</summary>
    public string? By { get; init; }

    /// <summary>Why it was decided.</summary>
    public string? Reason { get; init; }

    /// <summary>What each layer reported; null if there was no error.</summary>
    public IReadOnlyList<StoredError>? Errors { get; init; }

    /// <summary>What the failure means; null if there was none, or it is not known.</summary>
    public RefusalExplanation? Explanation { get; init; }

    /// <summary>The reply for each recipient of the attempt. Null in what was stored before it was kept.</summary>
    public IReadOnlyList<StoredRecipient>? Recipients { get; init; }

    /// <summary>
    /// What came back; null for an attempt and a decision. An earlier version of the package shows its text as a decision.
    /// </summary>
    public StoredFeedback? Feedback { get; init; }

    /// <summary>What is kept of the result of a send.</summary>
    public static AttemptDetails FromResult(string worker, SendResult result)
    {
        var text = result.Outcome == SmtpTransport.Outcome.NotSent ? result.Reason : result.StatusText;
        return new AttemptDetails(worker, result.Outcome, result.Status, text, result.Elapsed.TotalMilliseconds)
        {
            Errors = result.Errors.Count == 0 ? null : [.. result.Errors.Select(StoredError.FromError)],
            Explanation = result.Explanation,
            Recipients = [.. result.Recipients.Select(StoredRecipient.FromResult)],
        };
    }

    /// <summary>The entry of the history.</summary>
    public OutboxAttempt ToAttempt(DateTimeOffset at) => new()
    {
        At = at,
        Worker = Worker,
        Outcome = Outcome,
        Status = Status,
        Text = Text,
        Elapsed = TimeSpan.FromMilliseconds(Milliseconds),
        By = Feedback is null ? By : OutboxAttempt.ByFeedback,
        Reason = Reason,
        Errors = [.. (Errors ?? []).Select(e => e.ToError())],
        Explanation = Explanation,
        Recipients = [.. (Recipients ?? []).Select(r => r.ToResult())],
        Reports = Feedback?.ToReports() ?? [],
    };

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, OutboxJson.Default.AttemptDetails);

    public static AttemptDetails FromJson(byte[] json) => JsonSerializer.Deserialize(json, OutboxJson.Default.AttemptDetails)!;
}
