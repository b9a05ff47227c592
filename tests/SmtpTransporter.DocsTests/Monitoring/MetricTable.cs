using System.Text.RegularExpressions;

namespace SmtpTransport.DocsTests;

/// <summary>
/// The metrics of the telemetry page, and their names in Prometheus (OpenTelemetry, "Prometheus and OpenMetrics Compatibility").
/// </summary>
internal sealed partial class MetricTable
{
    private static readonly string[] HistogramSeries = ["bucket", "count", "sum"];

    private readonly Dictionary<string, string> _series = new(StringComparer.Ordinal);

    private MetricTable(string page)
    {
        foreach (Match row in Row().Matches(page))
        {
            var (name, kind) = (row.Groups["name"].Value, row.Groups["kind"].Value);
            Names.Add(name);
            var unit = row.Groups["unit"].Value switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            var series = name.Replace('.', '_') + unit;
            if (kind == "histogram")
                Array.ForEach(HistogramSeries, part => _series[$"{name}.{part}"] = $"{series}_{part}");
            else
                _series[name] = kind == "counter" ? series + "_total" : series;
        }
    }

    public static MetricTable OfPage { get; } = new(Repository.Read("docs/telemetry.md"));

    public List<string> Names { get; } = [];

    /// <summary>Writes the series of Prometheus for names such as <c>{smtp.client.send.duration.count}</c>.</summary>
    /// <exception cref="KeyNotFoundException">The page has no such metric.</exception>
    public string ToPromQl(string query) => Placeholder().Replace(query, match => _series[match.Groups["name"].Value]);

    /// <returns>The metrics of a query.</returns>
    public IEnumerable<string> FindNames(string query) =>
        Names.Where(name => Placeholder().Matches(query).Any(
            m => $"{m.Groups["name"].Value}.".StartsWith(name + ".", StringComparison.Ordinal)));

    [GeneratedRegex(
        @"^\| `(?<name>smtp\.[a-z_.]+)` \| (?<kind>histogram|counter|up-down counter|gauge)(?:, (?<unit>\w+))? \|",
        RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\{(?<name>smtp\.[a-z_.]+)\}")]
    private static partial Regex Placeholder();
}
