using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CountsView))]
[JsonSerializable(typeof(IReadOnlyList<OutboxLine>))]
[JsonSerializable(typeof(OutboxView))]
internal sealed partial class OutboxJson : JsonSerializerContext;
