using System.Text.Json;

namespace SmtpTransport;

/// <summary>Writes one text as text, and several as an array.</summary>
internal sealed class TextOrTextsJsonConverter : TextsJsonConverter
{
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
            writer.WriteStringValue(value[0]);
        else
            base.Write(writer, value, options);
    }
}
