using System.Collections.Concurrent;
using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>What was said of each mail to each recipient, against what the server has.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<(string Mail, string Recipient), int> _there = new();
    private readonly ConcurrentDictionary<Outcome, int> _outcomes = new();
    private readonly ConcurrentDictionary<(string Mail, string Recipient), bool> _unknown = new();
    private readonly ConcurrentQueue<(long At, SendResult Result)> _open = new();
    private readonly ConcurrentQueue<string> _wrong = new();

    public int Mails => _outcomes.Values.Sum();

    public IReadOnlyCollection<string> Wrong => _wrong;

    public string Outcomes => string.Join(", ", _outcomes.OrderBy(o => o.Key).Select(o => $"{o.Key} {o.Value:N0}"));

    /// <summary>Takes in what the server has, so that it need not keep it.</summary>
    public void Received(IEnumerable<ReceivedMail> mails)
    {
        foreach (var mail in mails)
        {
            foreach (var recipient in mail.To)
                _there.AddOrUpdate((mail.Message.MessageId ?? "", recipient), 1, (_, count) => count + 1);
        }
    }

    public void Sent(SendResult result)
    {
        _outcomes.AddOrUpdate(result.Outcome, 1, (_, count) => count + 1);
        _open.Enqueue((Environment.TickCount64, result));
    }

    /// <summary>
    /// Holds the results that are old enough for the server to have come to an end with them against what it has: an accepted mail is there,
    /// once; a mail that was not sent is not; only of an unknown one both may be.
    /// </summary>
    public void Check(TimeSpan age)
    {
        while (_open.TryPeek(out var next) && Environment.TickCount64 - next.At >= age.TotalMilliseconds && _open.TryDequeue(out next))
        {
            foreach (var recipient in next.Result.Recipients)
                Check(next.Result, recipient);
        }
    }

    /// <summary>What the server has of which nobody knows; late arrivals of unknown ones apart.</summary>
    public void CheckTheRest()
    {
        foreach (var (mail, count) in _there.Where(m => !_unknown.ContainsKey(m.Key)))
            _wrong.Enqueue($"{mail.Mail} is on the server {count} times for {mail.Recipient}, and no result says so.");
    }

    private void Check(SendResult result, RecipientResult recipient)
    {
        var key = (result.MessageId, recipient.Address);
        _there.TryRemove(key, out var count);
        if (result.Outcome == Outcome.Unknown)
            _unknown[key] = true;
        var right = result.Outcome == Outcome.Unknown ? count is 0 or 1
            : recipient.State == RecipientState.Accepted && result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted ? count == 1
            : count == 0;
        if (!right)
            _wrong.Enqueue($"{result} {recipient}: {count} times on the server. {string.Join(" | ", result.Errors)}");
    }
}
