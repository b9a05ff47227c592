namespace SmtpTransport.OutboxTests;

/// <summary>All orders of some things.</summary>
internal static class Permutations
{
    /// <summary>All orders of the numbers from 0 to below a count.</summary>
    public static IEnumerable<int[]> Of(int count) => count == 0
        ? [[]]
        : Of(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(at => (int[])[.. order[..at], count - 1, .. order[at..]]));
}
