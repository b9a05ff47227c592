using SmtpTransport;
using SmtpTransport.Outbox;

namespace Newsletter;

/// <summary>The emails of the newsletter.</summary>
internal static class Letter
{
    /// <param name="count">How many readers there are.</param>
    /// <param name="issue">What the keys begin with: an issue is stored once.</param>
    public static IEnumerable<OutboxEmail> CreateMany(int count, string issue) => Enumerable.Range(1, count).Select(
        number => new OutboxEmail(new Email
        {
            From = "News <news@example.com>",
            To = $"reader{number}@example.org",
            Subject = $"November at the tea shop, reader {number}",
            TextBody = "The first of the winter's teas are here.",
        })
        {
            IdempotencyKey = $"{issue}/{number}",
            Priority = OutboxPriority.Low,
        });
}
