using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace SmtpTransport.Lab;

/// <summary>Holds what the results of one test say against what the server stored.</summary>
/// <remarks>
/// For each email and recipient: accepted means one copy; refused, deferred or not tried means none; in doubt means at most one.
/// </remarks>
public sealed partial class Ledger(ILab lab)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, SendResult> _results = new();

    /// <summary>Whether the server may have lost what it took.</summary>
    public bool MayBeLost { get; set; }

    public bool IsEmpty => _results.IsEmpty;

    public void Add(SendResult result) =>
        Assert.True(_results.TryAdd(result.MessageId, result), $"Two results have the Message-ID {result.MessageId}.");

    /// <summary>Waits until the server has stored what it took, and compares.</summary>
    public async Task CloseAsync()
    {
        var isSettled = await Poll.UntilAsync(
            async () => lab.Store.IsQuiet() && (await DifferencesAsync(missing: true, extra: false)).Count == 0 ? "settled" : null,
            Limit, CancellationToken.None);
        // What was queued has arrived: now nothing may be there too often.
        var differences = await DifferencesAsync(missing: true, extra: true);
        Assert.True(
            differences.Count == 0 && isSettled is not null,
            $"{lab.Server} has something else than the results say{(isSettled is null ? ", and is not quiet" : "")}:\n"
            + $"{string.Join('\n', differences.Take(20))}\n{lab.Report()}");
    }

    /// <summary>The messages that were stored of one email.</summary>
    public async Task<IReadOnlyList<StoredCopy>> CopiesOfAsync(SendResult result) =>
        [.. (await lab.Store.ReadAsync()).Where(copy => MessageIdOf(copy) == result.MessageId)];

    /// <summary>All messages that were stored, by their Message-ID.</summary>
    public async Task<ILookup<string, StoredCopy>> CopiesAsync() => (await lab.Store.ReadAsync()).ToLookup(MessageIdOf);

    private async Task<List<string>> DifferencesAsync(bool missing, bool extra)
    {
        var stored = Count(await lab.Store.ReadAsync());
        var differences = new List<string>();
        foreach (var (id, result) in _results)
        {
            foreach (var recipient in result.Recipients)
            {
                var count = stored.GetValueOrDefault((id, Normalize(recipient.Address)));
                var (least, most) = Expected(result, recipient);
                if ((missing && count < least) || (extra && count > most))
                    differences.Add($"{id}: {count} stored; {result.Outcome}, {recipient}");
            }
        }
        return differences;
    }

    private (int Least, int Most) Expected(SendResult result, RecipientResult recipient) =>
        recipient.IsInDoubt || result.Outcome == Outcome.Unknown ? (0, 1)
        : recipient.State == RecipientState.Accepted ? (MayBeLost ? 0 : 1, 1)
        : (0, 0);

    private static Dictionary<(string Id, string Recipient), int> Count(IEnumerable<StoredCopy> copies)
    {
        var counts = new Dictionary<(string, string), int>();
        foreach (var copy in copies)
        {
            foreach (var recipient in copy.Recipients)
            {
                var key = (MessageIdOf(copy), Normalize(recipient));
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }
        return counts;
    }

    private static string Normalize(string address) => address.ToLowerInvariant();

    private static string MessageIdOf(StoredCopy copy)
    {
        // A server may put the field behind one that names 500 recipients.
        var head = Encoding.Latin1.GetString(copy.Message.Span[..Math.Min(copy.Message.Length, 65536)]);
        return MessageId().Match(head).Groups[1].Value;
    }

    [GeneratedRegex(@"^Message-I[dD]: *(?:\r?\n )?<([^>]+)>", RegexOptions.Multiline)]
    private static partial Regex MessageId();
}
