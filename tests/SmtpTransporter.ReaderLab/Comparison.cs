using System.Text.Json;

namespace SmtpTransport.ReaderLab;

/// <summary>Compares what a reader sees with what it should see. What one of both does not say is not compared.</summary>
internal static class Comparison
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IEnumerable<Difference> Compare(Reader reader, string message, Seen expected, JsonElement seen)
    {
        if (seen.TryGetProperty("error", out var error))
            return [Difference("error", null, error.GetString())];
        var found = seen.Deserialize<Seen>(Web)!;
        return new[]
        {
            Text("subject", expected.Subject, found.Subject),
            Text("text", expected.Text, found.Text),
            Text("html", expected.Html, found.Html),
            Addresses("from", expected.From, found.From),
            Addresses("to", expected.To, found.To),
            Files(expected.Files, found.Files),
        }.OfType<Difference>();

        bool IsSaid(string field) => seen.TryGetProperty(field, out _);

        Difference? Text(string field, string? wanted, string? said) =>
            wanted is null || !IsSaid(field) || wanted == (said ?? "") ? null : Difference(field, wanted, said);

        Difference? Addresses(string field, IReadOnlyList<string[]>? wanted, IReadOnlyList<string[]>? said) =>
            wanted is null || !IsSaid(field) || Flat(wanted).SequenceEqual(Flat(said ?? [])) ? null : Difference(field, wanted, said);

        IEnumerable<string> Flat(IEnumerable<string[]> addresses) =>
            (reader.IsOrdered ? addresses : addresses.OrderBy(a => a[1], StringComparer.Ordinal)).SelectMany(a => a.Select(x => x ?? ""));

        Difference? Files(IReadOnlyList<SeenFile>? wanted, IReadOnlyList<SeenFile>? said)
        {
            if (wanted is null || !IsSaid("files"))
                return null;
            var (a, b) = (Ordered(wanted), Ordered(said ?? []));
            return a.Count == b.Count && a.Zip(b).All(p => IsSame(p.First, p.Second)) ? null : Difference("files", wanted, said);
        }

        List<SeenFile> Ordered(IReadOnlyList<SeenFile> files) =>
            reader.IsOrdered ? [.. files] : [.. files.OrderBy(f => f.Name, StringComparer.Ordinal)];

        Difference Difference(string field, object? wanted, object? said) =>
            new(reader.Name, message, field, JsonSerializer.Serialize(wanted, Web), JsonSerializer.Serialize(said, Web));
    }

    private static bool IsSame(SeenFile a, SeenFile b) =>
        (a.Name ?? "") == (b.Name ?? "") && (a.Hash is null || b.Hash is null || a.Hash == b.Hash);
}
