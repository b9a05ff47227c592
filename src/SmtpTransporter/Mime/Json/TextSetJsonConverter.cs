using System.Text.Json;

namespace SmtpTransport;

/// <summary>Writes texts as a set: an object whose keys have the value <c>true</c>, as JMAP has keywords.</summary>
internal sealed class TextSetJsonConverter : TextsJsonConverter
{
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var text in value.Distinct(StringComparer.Ordinal))
            writer.WriteBoolean(text, true);
        writer.WriteEndObject();
    }
}
