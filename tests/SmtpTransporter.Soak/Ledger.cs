using System.Collections.Concurrent;

namespace SmtpTransport.Soak;

/// <summary>Compares the result for each email and recipient with what the server has received. It keeps no email.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(long Number, int Recipient), int> _received = [];
    private readonly HashSet<long> _unknown = [];
    private readonly ConcurrentDictionary<Outcome, int> _outcomes = new();
    // A new queue for each check, because a queue keeps the memory of its largest size.
    private ConcurrentQueue<SendResult> _open = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private int _canceled;

    public int EmailCount => _outcomes.Values.Sum();

    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>How many emails with the outcome Unknown the server has received: a resend would have duplicated each.</summary>
    public int UnknownButReceived { get; private set; }

    public TimeSpan Longest { get; private set; }

    public string Outcomes =>
        $"{string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Key} {o.Value:N0}"))}; {_canceled:N0} of them canceled";

    public void Record(SendResult result, bool canceled = false)
    {
        _outcomes.AddOrUpdate(result.Outcome, 1, (_, count) => count + 1);
        if (canceled)
            Interlocked.Increment(ref _canceled);
        _open.Enqueue(result);
    }

    public void Fail(string problem) => _failures.Enqueue(problem);

    /// <summary>
    /// Compares the results with the messages of the server: an accepted email must be there once, and an email that was not sent must not
    /// be there; for the outcome Unknown both are right. Call it while nothing is being sent.
    /// </summary>
    public void Check(IEnumerable<StoredCopy> copies)
    {
        foreach (var copy in copies)
        {
            if (!copy.IsComplete)
                Fail($"Email {copy.Number} is incomplete.");
            foreach (var recipient in copy.Recipients)
            {
                var key = (copy.Number, SoakEmail.ParseRecipient(recipient));
                _received[key] = _received.GetValueOrDefault(key) + 1;
            }
        }
        foreach (var result in Interlocked.Exchange(ref _open, new()))
        {
            Longest = result.Elapsed > Longest ? result.Elapsed : Longest;
            var number = SoakEmail.ParseNumber(result.MessageId);
            if (result.Outcome == Outcome.Unknown)
                _unknown.Add(number);
            foreach (var recipient in result.Recipients)
                Check(result, recipient, number);
        }
    }

    /// <summary>Reports messages without a result, except for late arrivals of emails with the outcome Unknown.</summary>
    public void CheckUnexpected()
    {
        foreach (var ((email, recipient), count) in _received.Where(m => !_unknown.Contains(m.Key.Number) || m.Value > 1))
            Fail($"The server has email {email} {count} times for r{recipient}, but no result says so.");
    }

    private void Check(SendResult result, RecipientResult recipient, long number)
    {
        _received.Remove((number, SoakEmail.ParseRecipient(recipient.Address)), out var count);
        var accepted = recipient.State == RecipientState.Accepted;
        var right = result.Outcome switch
        {
            Outcome.Unknown => count == 0 || (count == 1 && accepted),
            Outcome.Accepted or Outcome.PartiallyAccepted => count == (accepted ? 1 : 0),
            _ => count == 0 && !accepted,
        };
        if (!right)
            Fail($"{result} {recipient}: received {count} times by the server. {string.Join(" | ", result.Errors)}");
        if (result.Outcome == Outcome.Unknown)
            UnknownButReceived += count;
    }
}
