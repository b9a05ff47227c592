using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport.Outbox;

/// <summary>Whether <see cref="IOutbox.TryEnqueueAsync"/> has stored the email, or why not.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class EnqueueResult
{
    internal EnqueueResult(Guid id) => Id = id;

    internal EnqueueResult(IReadOnlyList<EnqueueError> errors) => Errors = errors;

    /// <summary>Whether an email is stored: this one, or an earlier one with the same key.</summary>
    [MemberNotNullWhen(true, nameof(Id))]
    public bool IsStored => Id is not null;

    /// <summary>The id of the stored email, or of the earlier one with the same key; null if none is stored.</summary>
    public Guid? Id { get; }

    /// <summary>Everything for which the email is not stored; empty if it is.</summary>
    public IReadOnlyList<EnqueueError> Errors { get; } = [];

    /// <summary>Returns the id, or the properties that are at fault; no address and no subject.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() =>
        Id is { } id ? id.ToString() : $"not stored: {string.Join(", ", Errors.Select(e => e.Property).Distinct())}";
}
