namespace SmtpTransport.Benchmarks;

/// <summary>Puts clients on one core and servers on another, so that neither takes time from the other.</summary>
internal static class Pinning
{
    private static readonly List<int> Cores = Allowed();

    public static bool IsPossible { get; } = Cores.Count >= 2 && File.Exists("/usr/bin/taskset");

    public static IReadOnlyList<string> Client => Prefix(0);

    public static IReadOnlyList<string> Server => Prefix(1);

    private static string[] Prefix(int index) => IsPossible ? ["taskset", "-c", $"{Cores[index]}"] : [];

    private static List<int> Allowed()
    {
        const string Field = "Cpus_allowed_list:";
        if (!File.Exists("/proc/self/status"))
            return [];
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        var list = line?[Field.Length..] ?? "";
        return [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(range =>
        {
            var ends = range.Split('-').Select(int.Parse).ToList();
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        })];
    }
}
