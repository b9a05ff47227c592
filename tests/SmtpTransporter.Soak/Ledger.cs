using System.Collections.Concurrent;
using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>What was said of each mail to each recipient, against what the server has. It keeps what is wrong and what is open, and no mail.</summary>
internal sealed class Ledger
{
    private readonly Dictionary<(long Mail, int Recipient), int> _there = [];
    private readonly HashSet<long> _unknown = [];
    private readonly ConcurrentDictionary<Outcome, int> _outcomes = new();
    // Made anew for each check: a queue keeps the room that its fullest moment took.
    private ConcurrentQueue<SendResult> _open = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private int _canceled;

    public int Mails => _outcomes.Values.Sum();

    public IReadOnlyCollection<string> Wrong => _wrong;

    /// <summary>How many unknown ones the server has: had each been NotSent, another try would have made it a double.</summary>
    public int UnknownAndThere { get; private set; }

    public TimeSpan Longest { get; private set; }

    public string Outcomes => $"{string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Key} {o.Value:N0}"))}; {_canceled:N0} of them cancelled";

    public void Sent(SendResult result, bool canceled = false)
    {
        _outcomes.AddOrUpdate(result.Outcome, 1, (_, count) => count + 1);
        if (canceled)
            Interlocked.Increment(ref _canceled);
        _open.Enqueue(result);
    }

    public void Fail(string what) => _wrong.Enqueue(what);

    /// <summary>
    /// Takes in what the server has, and holds the results against it: an accepted mail is there, once; a mail that was not sent is not; only of
    /// an unknown one both may be. Call it where nothing is under way.
    /// </summary>
    public void Check(IEnumerable<ReceivedMessage> messages)
    {
        foreach (var message in messages)
        {
            var (number, whole) = SoakMail.Read(message);
            if (!whole)
                Fail($"Mail {number} is torn.");
            foreach (var recipient in message.Recipients)
                _there[(number, SoakMail.RecipientOf(recipient))] = _there.GetValueOrDefault((number, SoakMail.RecipientOf(recipient))) + 1;
        }

        foreach (var result in Interlocked.Exchange(ref _open, new()))
        {
            Longest = result.Elapsed > Longest ? result.Elapsed : Longest;
            var number = SoakMail.NumberOf(result.MessageId);
            if (result.Outcome == Outcome.Unknown)
                _unknown.Add(number);
            foreach (var recipient in result.Recipients)
                Check(result, recipient, number);
        }
    }

    /// <summary>What the server has of which nobody knows; late arrivals of unknown ones apart.</summary>
    public void CheckTheRest()
    {
        foreach (var ((email, recipient), count) in _there.Where(m => !_unknown.Contains(m.Key.Mail) || m.Value > 1))
            Fail($"Mail {email} is on the server {count} times for r{recipient}, and no result says so.");
    }

    private void Check(SendResult result, RecipientResult recipient, long number)
    {
        _there.Remove((number, SoakMail.RecipientOf(recipient.Address)), out var count);
        var accepted = recipient.State == RecipientState.Accepted;
        var right = result.Outcome switch
        {
            Outcome.Unknown => count == 0 || (count == 1 && accepted),
            Outcome.Accepted or Outcome.PartiallyAccepted => count == (accepted ? 1 : 0),
            _ => count == 0 && !accepted,
        };
        if (!right)
            Fail($"{result} {recipient}: {count} times on the server. {string.Join(" | ", result.Errors)}");
        if (result.Outcome == Outcome.Unknown)
            UnknownAndThere += count;
    }
}
