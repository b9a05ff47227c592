using System.Text.Json;
using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>Reads the files of rules that are part of the assembly.</summary>
internal static class RuleFile
{
    public static List<T> Read<T>(string name, Func<JsonElement, T> create)
    {
        using var json = Open(name);
        return [.. json.RootElement.EnumerateArray().Select(create)];
    }

    public static JsonDocument Open(string name)
    {
        using var stream = typeof(RuleFile).Assembly.GetManifestResourceStream(name)!;
        return JsonDocument.Parse(stream);
    }

    public static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static T? Value<T>(JsonElement json, string name)
        where T : struct, Enum => Text(json, name) is { } text ? Enum.Parse<T>(text, ignoreCase: true) : null;

    public static bool Flag(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.GetBoolean();

    /// <summary>A pattern, or several as alternatives; null if there is none.</summary>
    public static Regex? Pattern(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out var value))
            return null;
        return Compile(
            value.ValueKind == JsonValueKind.Array
                ? string.Join('|', value.EnumerateArray().Select(v => v.GetString()))
                : value.GetString()!);
    }

    // The time is linear in the length of the text, whatever it is: strangers write it.
    public static Regex Compile(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Multiline);
}
