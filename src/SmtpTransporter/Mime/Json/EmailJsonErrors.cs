using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Says in the names of the JSON what is wrong with it: the serializer names types of this library, and counts from 0.</summary>
internal static partial class EmailJsonErrors
{
    public static string Describe(JsonException exception)
    {
        var message = Place().Replace(exception.Message, "");
        if (Unmapped().Match(message) is { Success: true } match)
        {
            var known = TypeOf(match.Groups["type"].Value)?.Properties.Select(p => p.Name) ?? [];
            message = $"the property \"{match.Groups["name"].Value}\" is unknown{NearNames.Ask(match.Groups["name"].Value, known)}";
        }
        var path = exception.Path is { } at && !message.Contains(at, StringComparison.Ordinal) ? at : null;
        var line = exception.LineNumber is { } number
            ? string.Create(CultureInfo.InvariantCulture, $"line {number + 1}, byte {exception.BytePositionInLine + 1}")
            : null;
        var place = string.Join(", ", new[] { path, line }.Where(p => p is not null));
        return place.Length > 0 ? $"{message.TrimEnd('.')} ({place})" : message;
    }

    private static JsonTypeInfo? TypeOf(string name) => new JsonTypeInfo[]
    {
        EmailJsonContext.Default.EmailJson, EmailJsonContext.Default.EnvelopeJson, EmailJsonContext.Default.PathJson,
        EmailJsonContext.Default.CalendarJson, EmailJsonContext.Default.AlternativeJson, EmailJsonContext.Default.HeaderJson,
        EmailJsonContext.Default.ValueJson, EmailJsonContext.Default.AttachmentJson, EmailJsonContext.Default.PartJson,
    }.FirstOrDefault(t => t.Type.FullName == name);

    // The words of System.Text.Json 8 to 10. Those of another version stay as they are.
    [GeneratedRegex(
        @"^The JSON property '(?<name>.*)' could not be mapped to any \.NET member contained in type '(?<type>[^']+)'\.?$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Unmapped();

    [GeneratedRegex(
        @" (?:Path: .* \| )?LineNumber: [0-9]+ \| BytePositionInLine: [0-9]+\.$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Place();
}
