using System.Globalization;
using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>Finds the recipients of an email that a report is about: it may name another address than the email was sent to.</summary>
internal sealed class ReportTargets
{
    private readonly Dictionary<string, int> _recipients = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private readonly int _count;

    /// <param name="recipients">The recipients of the email.</param>
    /// <param name="tried">The addresses that our own server was given, as far as the history has them.</param>
    public ReportTargets(IReadOnlyList<StoredRecipient> recipients, IEnumerable<string> tried)
    {
        _count = recipients.Count;
        for (var i = 0; i < recipients.Count; i++)
            _recipients.TryAdd(SearchTerms.Normalize(recipients[i].Address), i);
        _tried.UnionWith(tried.Select(SearchTerms.Normalize));
    }

    /// <summary>The recipients with what came back about them that counts for most.</summary>
    public static IReadOnlyList<OutboxRecipient> Join(IReadOnlyList<StoredRecipient> recipients, IReadOnlyList<OutboxAttempt> history)
    {
        var best = new RecipientReport?[recipients.Count];
        if (history.Any(a => a.Reports.Count > 0))
        {
            var targets = new ReportTargets(recipients, history.SelectMany(a => a.Recipients).Select(r => r.Address));
            foreach (var report in history.SelectMany(a => a.Reports))
            {
                foreach (var i in targets.Find(report.Address, report.OriginalAddress).Indexes)
                    best[i] = Greater(best[i], report);
            }
        }
        return [.. recipients.Select((r, i) => r.ToRecipient(best[i]))];
    }

    /// <summary>Finds recipients by what a report says of one.</summary>
    /// <param name="address">The address that the report is about; empty if it names none.</param>
    /// <param name="original">The address that the message was sent to, as the report says; null if it does not.</param>
    /// <returns>Whom the report is about.</returns>
    public ReportTarget Find(string address, string? original)
    {
        var name = SearchTerms.Normalize(address);
        if ((original is not null && _recipients.TryGetValue(SearchTerms.Normalize(original), out var index))
            || _recipients.TryGetValue(name, out index))
            return Create(index, isOwn: true);
        // The message went to another address in the place of all (RedirectAllTo).
        if (_tried.Contains(name))
            return new ReportTarget([.. Enumerable.Range(0, _count)], IsOwn: false, IsItself: false, name, name);
        // The only one has sent it on, or the report names nobody. If it was tried, the message was not redirected.
        return _count == 1
            ? Create(0, _recipients.Keys.Any(_tried.Contains))
            : new ReportTarget([], IsOwn: false, IsItself: false, name, name);

        ReportTarget Create(int at, bool isOwn)
        {
            var isNamed = _recipients.TryGetValue(name, out var named) && named == at;
            var owner = string.Create(CultureInfo.InvariantCulture, $"#{at}");
            return new ReportTarget(
                [at], isOwn, isNamed || (isOwn && name.Length == 0 && _count == 1), owner,
                isNamed || name.Length == 0 ? owner : $"{owner} {name}");
        }
    }

    private static RecipientReport Greater(RecipientReport? known, RecipientReport report) =>
        known is null || Weight(report).CompareTo(Weight(known)) > 0 ? report : known;

    // A bounce that says that the address does not exist counts for more than another, and a sure one for more than a guess; of two delays
    // the later one counts.
    private static (RecipientReportKind, bool, bool, DateTimeOffset) Weight(RecipientReport report) => (
        report.Kind, report.Category == FeedbackCategory.Hard, report.Confidence > FeedbackConfidence.Low, report.At);
}
