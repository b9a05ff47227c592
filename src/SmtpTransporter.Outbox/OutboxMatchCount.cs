using System.Globalization;

namespace SmtpTransport.Outbox;

/// <summary>How many emails a query finds.</summary>
/// <param name="Count">The number, or the limit if there are more.</param>
/// <param name="HasMore">Whether there are more than <paramref name="Count"/>.</param>
/// <remarks>Immutable and thread-safe.</remarks>
public readonly record struct OutboxMatchCount(long Count, bool HasMore)
{
    /// <summary>Up to which number emails are counted at most.</summary>
    internal const int MaxLimit = 1_000_000;

    /// <summary>Returns the number, such as <c>17</c> or <c>more than 10,000</c>.</summary>
    /// <returns>A text for a person.</returns>
    public override string ToString() => (HasMore ? "more than " : "") + Count.ToString("N0", CultureInfo.InvariantCulture);
}
