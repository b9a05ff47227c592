using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>The generated serializer, which needs no reflection: it works trimmed and with native AOT.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(AddressesJsonConverter)],
    MaxDepth = 256)]
[JsonSerializable(typeof(EmailJson))]
internal sealed partial class EmailJsonContext : JsonSerializerContext;
