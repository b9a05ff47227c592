using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

[JsonSerializable(typeof(StoredEnvelope))]
[JsonSerializable(typeof(AttemptDetails))]
[JsonSerializable(typeof(SuppressionDetails))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class OutboxJson : JsonSerializerContext;
