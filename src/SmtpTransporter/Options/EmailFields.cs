using System.Text;

namespace SmtpTransport;

/// <summary>
/// Fields that a transporter sets on every email: <see cref="ServerOptions.Defaults"/>, <see cref="ServerOptions.Enforced"/>.
/// </summary>
/// <remarks>
/// Immutable and safe to share between threads. Two instances are equal if all their members are equal, the list by its items.
/// </remarks>
public sealed record EmailFields
{
    // Email has properties for these, or writes them itself.
    private static readonly HashSet<string> OfProperties = new(
        [
            "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Keywords",
            "Comments", "Importance", "Priority", "X-Priority", "MIME-Version", "Return-Path", "Resent-Bcc",
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The authors, as <see cref="Email.From"/>. Default null: not set.</summary>
    public string? From { get; init; }

    /// <summary>
    /// The addresses for replies, as <see cref="Email.ReplyTo"/>; several are separated by <c>,</c>. Default null: not set.
    /// </summary>
    public string? ReplyTo { get; init; }

    /// <summary>
    /// Recipients that no other recipient sees, as <see cref="Email.Bcc"/>; several are separated by <c>,</c>. Default null: none.
    /// </summary>
    public string? Bcc { get; init; }

    /// <summary>Additional header fields. Default none.</summary>
    /// <remarks>They are other fields than those for which <see cref="Email"/> has a property, and those of MIME.</remarks>
    public IReadOnlyList<EmailHeader> Headers { get; init; } = [];

    /// <summary>Whether all members are equal.</summary>
    /// <param name="other">The other fields.</param>
    /// <returns>True if the addresses and the items of the list are equal.</returns>
    public bool Equals(EmailFields? other) =>
        ReferenceEquals(this, other)
        || (other is not null && (From, ReplyTo, Bcc) == (other.From, other.ReplyTo, other.Bcc)
            && (Headers is null ? other.Headers is null : other.Headers is not null && Headers.SequenceEqual(other.Headers)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(From, ReplyTo, Bcc);

    /// <summary>Returns what is allowed if a member is not valid; otherwise null.</summary>
    internal string? FindProblem() =>
        !IsValid(From) || !IsValid(ReplyTo) || !IsValid(Bcc) ? "addresses, separated by \",\", in From, ReplyTo and Bcc"
        : Headers is null || Headers.Any(h => h is null || !IsName(h.Name) || h.Value is null || h.Value.Any(IsControl))
            ? "in Headers, fields with a name in ASCII and a value in one line"
        : Headers.FirstOrDefault(h => IsOfProperty(h.Name!)) is { } known
            ? $"in Headers, fields for which Email has no property, and none of MIME; not {known.Name}"
        : null;

    /// <summary>Reads a field such as <c>X-Team: billing</c>.</summary>
    internal static EmailHeader? ReadHeader(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 ? null : new EmailHeader(text[..colon].Trim(), text[(colon + 1)..].Trim());
    }

    private static bool IsValid(string? text) =>
        text is null || (EmailAddresses.TryParse(text, out var addresses) && addresses.Count > 0);

    private static bool IsName(string? name) => name is { Length: > 0 } && name.All(c => c is > ' ' and < (char)127 and not ':');

    private static bool IsControl(char c) => char.IsControl(c) && c != '\t';

    private static bool IsOfProperty(string name) =>
        OfProperties.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);

    // The value of a field may be meant for the server alone.
    private bool PrintMembers(StringBuilder builder)
    {
        string[] members =
        [
            .. From is null ? (string[])[] : [$"{nameof(From)} = {From}"],
            .. ReplyTo is null ? (string[])[] : [$"{nameof(ReplyTo)} = {ReplyTo}"],
            .. Bcc is null ? (string[])[] : [$"{nameof(Bcc)} = {Bcc}"],
            .. Headers is not { Count: > 0 } all
                ? (string[])[] : [$"{nameof(Headers)} = {string.Join(", ", all.Select(h => h?.Name))}"],
        ];
        builder.AppendJoin(", ", members);
        return members.Length > 0;
    }
}
