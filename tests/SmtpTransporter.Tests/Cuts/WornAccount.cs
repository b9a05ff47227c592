using System.Collections.Concurrent;
using SmtpTransport.Soak;

namespace SmtpTransport.Tests;

/// <summary>What became of each recipient of many emails, according to the results. Safe for concurrent callers.</summary>
internal sealed class WornAccount
{
    private readonly ConcurrentDictionary<(long Number, string Address), (RecipientResult Recipient, SendResult Result)> _decided = new();
    private readonly ConcurrentQueue<string> _problems = new();
    private int _results;
    private int _postponed;

    public IReadOnlyCollection<string> Problems => _problems;

    public int Unknown => _decided.Values.Count(decided => decided.Recipient.IsInDoubt);

    /// <summary>How many results there were, and how many of them left something to be sent again.</summary>
    public (int All, int Postponed) Results => (_results, _postponed);

    /// <returns>What is left to be sent again; null if all is decided.</returns>
    public Email? Record(long number, SendResult result)
    {
        Interlocked.Increment(ref _results);
        foreach (var recipient in result.Recipients.Where(r => r.State is RecipientState.Accepted or RecipientState.Refused))
        {
            if (!_decided.TryAdd((number, recipient.Address), (recipient, result)))
                _problems.Enqueue($"Email {number} was decided twice for {recipient.Address}: {result}");
        }
        var rest = result.RetryEmail();
        if (rest is not null)
            Interlocked.Increment(ref _postponed);
        else if (result.Outcome == Outcome.NotSent)
            _problems.Enqueue($"Email {number} cannot be sent: {Describe(result)}");
        return rest;
    }

    /// <summary>Compares the results with what the server has, which has ended.</summary>
    /// <param name="copies">What it has.</param>
    /// <param name="server">The server.</param>
    /// <param name="emails">How many emails there were.</param>
    /// <param name="overlaps">
    /// Whether more than one was on its way over a connection at once: a reset takes back the answers to those before then.
    /// </param>
    public void Compare(IReadOnlyCollection<StoredCopy> copies, WornServer server, int emails, bool overlaps = false)
    {
        var stored = copies.SelectMany(copy => copy.Recipients.Select(address => (copy.Number, Address: address))).CountBy(key => key)
            .ToDictionary();
        var unexplained = new Dictionary<long, string>();
        foreach (var copy in copies.Where(copy => !copy.IsComplete))
            _problems.Enqueue($"Email {copy.Number} is incomplete.");
        foreach (var ((number, address), (recipient, result)) in _decided)
        {
            stored.Remove((number, address), out var count);
            var isRight = recipient.IsInDoubt ? count <= 1 : count == (recipient.State == RecipientState.Accepted ? 1 : 0);
            if (!isRight)
                _problems.Enqueue($"The server has email {number} {count} times for {recipient}: {Describe(result)}");
            if (recipient.IsInDoubt && !overlaps && !server.LeftWithoutReply(number))
                unexplained[number] = $"{address} is in doubt, but the server has answered email {number}: {Describe(result)}";
        }
        // It is rare that the end comes between the last look and the reset.
        foreach (var problem in unexplained.Values.Skip(server.BlindResets / 20))
            _problems.Enqueue(problem);
        foreach (var ((number, address), count) in stored)
            _problems.Enqueue($"The server has email {number} {count} times for {address}, and no result says so.");
        var decided = _decided.Keys.Select(key => key.Number).Distinct().Count();
        if (decided != emails)
            _problems.Enqueue($"{emails - decided} emails have no result.");
    }

    private static string Describe(SendResult result) => $"{result} {string.Join(" | ", result.Errors.Select(e => e.Message))}";
}
