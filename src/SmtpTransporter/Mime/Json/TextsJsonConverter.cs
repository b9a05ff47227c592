using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>A list of texts in JSON: one text, an array, or an object whose keys with <c>true</c> count (JMAP's sets). Written as an array.</summary>
internal sealed class TextsJsonConverter : JsonConverter<IReadOnlyList<string>>
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
                    texts.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("A list of texts holds something else."));
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
                throw new JsonException($"Texts are expected, not a {reader.TokenType}.");
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
