using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>
/// Reads addresses from text with one or several, from an object with <c>name</c> and <c>email</c>, or from an array of objects and of
/// texts with one each. Writes an array of objects.
/// </summary>
internal sealed class AddressesJsonConverter : JsonConverter<EmailAddresses>
{
    public override EmailAddresses Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // An address that is not valid is reported when the email is sent, with its property and position.
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString()!;
        if (reader.TokenType != JsonTokenType.StartArray)
            return [ReadOne(ref reader)];
        var addresses = new EmailAddresses();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            addresses.Add(ReadOne(ref reader));
        return addresses;
    }

    public override void Write(Utf8JsonWriter writer, EmailAddresses value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var address in value)
        {
            writer.WriteStartObject();
            if (address.Name is not null)
                writer.WriteString("name", address.Name);
            writer.WriteString("email", address.Email);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static EmailAddress ReadOne(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString()!;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"An address is text or an object with name and email, not a {reader.TokenType}.");
        string? name = null, email = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var property = reader.GetString();
            reader.Read();
            var value = reader.TokenType is JsonTokenType.String or JsonTokenType.Null
                ? reader.GetString()
                : throw new JsonException($"\"{property}\" of an address must be text.");
            if (property == "name")
                name = value;
            else if (property == "email")
                email = value;
            else
                throw new JsonException($"The property \"{property}\" is unknown in an address.");
        }
        return new EmailAddress(email ?? throw new JsonException("An address lacks \"email\"."), name);
    }
}
