using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>
/// Reads texts from one text, from an array, or from an object whose keys with the value <c>true</c> count (a set in JMAP). Writes an
/// array.
/// </summary>
internal class TextsJsonConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var texts = new List<string>();
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                texts.Add(reader.GetString()!);
                break;
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (reader.TokenType != JsonTokenType.String)
                        throw new JsonException($"A list of texts contains a {reader.TokenType}.");
                    texts.Add(reader.GetString()!);
                }
                break;
            case JsonTokenType.StartObject:
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var text = reader.GetString()!;
                    reader.Read();
                    if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                        throw new JsonException($"\"{text}\" in a set must be true or false.");
                    if (reader.TokenType == JsonTokenType.True)
                        texts.Add(text);
                }
                break;
            default:
                throw new JsonException($"A text or a list of texts is expected, not a {reader.TokenType}.");
        }
        return texts;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var text in value)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
