using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmtpTransport.Outbox;

/// <summary>What the health check has found: the worst finding is its status, and the texts of all are its description.</summary>
internal sealed class OutboxFindings
{
    private readonly List<(HealthStatus Status, string Text)> _all = [];

    /// <summary>What is told with the status.</summary>
    public Dictionary<string, object> Data { get; } = [];

    public void Add(HealthStatus status, string text) => _all.Add((status, text));

    /// <summary>Adds all that others have found.</summary>
    public void Add(OutboxFindings others)
    {
        _all.AddRange(others._all);
        foreach (var (name, value) in others.Data)
            Data[name] = value;
    }

    /// <summary>Adds a finding if it is one.</summary>
    public void AddIf(bool isFound, HealthStatus status, FormattableString text)
    {
        if (isFound)
            Add(status, text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The result. What is only told comes behind what is wrong.</summary>
    public HealthCheckResult ToResult() => new(
        _all.Count == 0 ? HealthStatus.Healthy : _all.Min(f => f.Status),
        string.Join(' ', _all.OrderBy(f => f.Status).Select(f => f.Text)), data: Data);
}
