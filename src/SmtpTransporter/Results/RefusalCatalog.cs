using System.Text.Json;

namespace SmtpTransport;

/// <summary>
/// The entries of <c>refusals.json</c>, read at first use. The first entry that matches is taken: the specific ones come first.
/// </summary>
internal static class RefusalCatalog
{
    private static readonly Lazy<IReadOnlyList<Entry>> All = new(Read);

    /// <summary>What to do if it is not known whether a message was delivered.</summary>
    public static RefusalExplanation Unknown => OfCode("own.unknown");

    /// <summary>The explanation with this code, which the catalog has.</summary>
    public static RefusalExplanation OfCode(string code) => All.Value.First(e => e.Explanation.Code == code).Explanation;

    public static RefusalExplanation? ForReply(int status, string text)
    {
        if (status < 400)
            return null;
        var enhanced = EnhancedStatus.FromReply(status, text)?.ToString();
        return All.Value.FirstOrDefault(e => e.MatchesReply(status, enhanced, text))?.Explanation;
    }

    public static RefusalExplanation? ForError(int errCode) => All.Value.FirstOrDefault(e => e.ErrCode == errCode)?.Explanation;

    private static List<Entry> Read()
    {
        using var stream = typeof(RefusalCatalog).Assembly.GetManifestResourceStream("refusals.json")!;
        using var json = JsonDocument.Parse(stream);
        return [.. json.RootElement.EnumerateArray().Select(Entry.From)];
    }

    private sealed record Entry(
        int? Status, string? Enhanced, string? Whole, string[] Contains, int? ErrCode, int? VariantOf, RefusalExplanation Explanation)
    {
        public static Entry From(JsonElement json) => new(
            Number(json, "status"),
            Text(json, "enhanced"),
            Text(json, "text"),
            json.TryGetProperty("contains", out var contains) ? [.. contains.EnumerateArray().Select(c => c.GetString()!)] : [],
            Number(json, "errCode"),
            Number(json, "variantOf"),
            new RefusalExplanation(Text(json, "code")!, Text(json, "meaning")!, Text(json, "remedy")!, Text(json, "provider")));

        public bool MatchesReply(int status, string? enhanced, string text) =>
            (ErrCode ?? VariantOf) is null
            && (Status is null || Status == status)
            && (Enhanced is null || Enhanced == enhanced)
            && (Whole is null || text.Equals(Whole, StringComparison.OrdinalIgnoreCase))
            && Contains.All(c => text.Contains(c, StringComparison.OrdinalIgnoreCase));

        private static int? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetInt32() : null;

        private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
