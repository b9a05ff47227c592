using System.Globalization;
using System.Runtime.InteropServices;

namespace SmtpTransport.Benchmarks;

/// <summary>Prints the tables in Markdown, and writes them and every single round to files.</summary>
internal sealed class Report(Plan plan)
{
    private readonly List<string> _lines = [];
    private readonly List<string> _rounds = [
        "scenario,client,connections,round,messages,seconds,cpu_us_per_message,allocated_bytes_per_message,flights_per_message"];

    public bool IsWrong { get; private set; }

    public void Begin(IReadOnlyList<ClientProcess> clients, IReadOnlyDictionary<string, string> missing)
    {
        Print(string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}, {Processor()}, {Environment.ProcessorCount} cores, "
            + $"{RuntimeInformation.OSDescription}; load at the start {Load()}."));
        Print($"Medians of {plan.Budget.Rounds} rounds in turn; ratios are to the base in the same round, with the least and the greatest. "
            + (Pinning.IsPossible ? "Clients on one core, the sink on another." : "Not pinned to cores.")
            + " Connections are open before the clock starts, except if each message has its own and for smtp-source. Every round's "
            + "count was checked at the sink.");
        Print("");
        foreach (var client in clients)
            Print($"- {client.Client.Title.Replace("**", "", StringComparison.Ordinal)}: {client.Version}");
        foreach (var client in Client.All.Where(c => missing.ContainsKey(c.Name)))
            Print($"- {client.Title}: {missing[client.Name]}");
    }

    public void Add(Scenario scenario, IReadOnlyList<Row> rows)
    {
        IsWrong |= rows.Any(r => r.IsWrong);
        var reference = rows.FirstOrDefault(r => r.Entry == new Entry(Client.Base) && r.Rounds.Count == plan.Budget.Rounds);
        Print("");
        Print($"### {scenario.Title}");
        Print($"Link: {Network.Describe(scenario.Link)}.");
        Print("");
        Print("| client | connections | messages/s | CPU µs/message | allocated B/message | rate ÷ base | from – to | CPU ÷ base "
            + "| replies/message |");
        Print("|---|---|---|---|---|---|---|---|---|");
        foreach (var row in rows)
        {
            Print(Line(row, reference));
            for (var i = 0; i < row.Rounds.Count; i++)
                _rounds.Add(Csv(scenario, row, i));
        }
    }

    public void End()
    {
        File.WriteAllLines(Path.Combine(Artifacts.Folder, "comparison.md"), _lines);
        File.WriteAllLines(Path.Combine(Artifacts.Folder, "rounds.csv"), _rounds);
        if (IsWrong)
            Console.Error.WriteLine("A client reported messages that the sink did not receive.");
    }

    private string Line(Row row, Row? reference)
    {
        var head = $"| {row.Client.Title} | {row.Entry.Connections} |";
        if (row.Rounds.Count < plan.Budget.Rounds)
            return $"{head} {(row.Remark ?? "no figures").ReplaceLineEndings(" ").Replace('|', '/')} | | | | | | |";
        var rates = Ratios(row, reference, r => r.Rate);
        return string.Join(" ", head,
            Number(Median(row, r => r.Rate), "N0"), "|",
            Number(Median(row, r => r.CpuMicroseconds), "N0"), "|",
            Number(row.Rounds[0].AllocatedBytes is null ? null : Median(row, r => r.AllocatedBytes ?? 0), "N0"), "|",
            Number(Median(rates), "0.00"), "|",
            rates.Count == 0 ? "|" : $"{Number(rates.Min(), "0.00")} – {Number(rates.Max(), "0.00")} |",
            Number(Median(Ratios(row, reference, r => r.CpuMicroseconds)), "0.00"), "|",
            Number(Median(row, r => r.Flights), "0.0"), "|");
    }

    private static string Csv(Scenario scenario, Row row, int i)
    {
        var round = row.Rounds[i];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"\"{scenario.Title}\",{row.Entry.Client},{row.Entry.Connections},{i + 1},{round.Reported.Messages},"
            + $"{round.Reported.Seconds:0.000000},{round.CpuMicroseconds:0.0},{round.AllocatedBytes:0},{round.Flights:0.00}");
    }

    private static List<double> Ratios(Row row, Row? reference, Func<Round, double> value) =>
        reference is null ? [] : [.. row.Rounds.Zip(reference.Rounds, (own, other) => value(own) / value(other))];

    private static double? Median(Row row, Func<Round, double> value) => Median([.. row.Rounds.Select(value)]);

    private static double? Median(List<double> values)
    {
        if (values.Count == 0)
            return null;
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Processor() =>
        FirstLine("/proc/cpuinfo", "model name")?.Split(':')[^1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Load() => FirstLine("/proc/loadavg", "")?.Split(' ')[0] ?? "unknown";

    private static string? FirstLine(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(start, StringComparison.Ordinal)) : null;

    private void Print(string line)
    {
        _lines.Add(line);
        Console.WriteLine(line);
    }
}
