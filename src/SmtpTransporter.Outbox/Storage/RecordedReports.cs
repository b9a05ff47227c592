using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

/// <summary>
/// What came back of an email so far, to tell what is new. A delay, or what says nothing, counts once by the id of its report. Everything
/// else counts once for a recipient, and for each of some addresses behind it (a forward, the members of a list), since it comes by several
/// ways, each with an id of its own. Only what is surer counts again: a bounce that says that the address does not exist, one that is not
/// guessed, and one that is certainly about the recipient.
/// </summary>
internal sealed class RecordedReports(ReportTargets targets)
{
    // What is about no recipient of the email counts too: whoever has the token can send any number of reports.
    private const int MaxOthers = 100;

    // Of each recipient, and of all: a server goes on trying for days.
    private const int MaxDelays = 10;
    private const int MaxAllDelays = 1000;

    // Of addresses that one recipient forwards to, or of members of its list; and of all recipients.
    private const int MaxForwarded = 10;
    private const int MaxAllForwarded = 1000;

    private readonly Dictionary<(string Name, RecipientReportKind), (bool IsHard, bool IsSure, bool IsOwn, bool IsItself)> _known = [];
    private readonly HashSet<(string Name, string ReportId)> _delays = [];
    private readonly Dictionary<string, int> _delayCounts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _forwarded = new(StringComparer.Ordinal);
    private int _others;
    private int _allForwarded;

    /// <summary>Whether a report of this id was recorded.</summary>
    public bool HasReport(string id) => _ids.Contains(id);

    /// <summary>Adds what the history has.</summary>
    public void Add(StoredFeedback feedback)
    {
        foreach (var report in feedback.Reports)
            TryAdd(feedback.ReportId, report);
        _ids.Add(feedback.ReportId);
    }

    /// <summary>Adds what is new; false if it is not.</summary>
    public bool TryAdd(string reportId, StoredReport report)
    {
        var target = targets.Find(report.Address, report.OriginalAddress);
        if (target.Indexes.Count == 0 && _others >= MaxOthers)
            return false;
        var isNew = report.Kind is RecipientReportKind.Delayed or RecipientReportKind.Unknown
            ? TryAddDelay(target, reportId)
            : TryAddFinal(target, report);
        _others += isNew && target.Indexes.Count == 0 ? 1 : 0;
        return isNew;
    }

    private bool TryAddDelay(ReportTarget target, string reportId)
    {
        var count = _delayCounts.GetValueOrDefault(target.Owner);
        if (count >= MaxDelays || _delays.Count >= MaxAllDelays || !_delays.Add((target.Name, reportId)))
            return false;
        _delayCounts[target.Owner] = count + 1;
        return true;
    }

    private bool TryAddFinal(ReportTarget target, StoredReport report)
    {
        var key = (target.Name, report.Kind);
        var weight = (
            report.Category == FeedbackCategory.Hard, report.Confidence > FeedbackConfidence.Low, target.IsOwn, target.IsItself);
        if (_known.TryGetValue(key, out var known) ? weight.CompareTo(known) <= 0 : !TryCount(target))
            return false;
        _known[key] = weight;
        return true;
    }

    /// <summary>False for one address too many behind a recipient.</summary>
    private bool TryCount(ReportTarget target)
    {
        if (target.Name == target.Owner)
            return true;
        var count = _forwarded.GetValueOrDefault(target.Owner);
        if (count >= MaxForwarded || _allForwarded >= MaxAllForwarded)
            return false;
        _forwarded[target.Owner] = count + 1;
        _allForwarded++;
        return true;
    }
}
