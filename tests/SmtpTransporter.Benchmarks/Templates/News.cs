namespace SmtpTransport.Benchmarks;

/// <summary>What a newsletter is made of: twelve components, and data that differ in each email.</summary>
public sealed record News(
    string Name, string Address, string Unsubscribe, DateTimeOffset Since, IReadOnlyList<NewsItem> Items)
{
    public static News Of(int number) => new(
        $"Ann {number}", $"ann{number}@example.org", $"https://example.com/u/{number}", new DateTimeOffset(2026, 11, 1, 0, 0, 0, default),
        [.. Enumerable.Range(1, 12).Select(i => new NewsItem(
            $"Item {i} & more",
            $"For {number}: a sentence or two about what it is, why it is new, and what one does with it all day.",
            $"https://example.com/items/{i}?for={number}",
            i * 12.5m + number))]);
}
