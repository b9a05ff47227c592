using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

[JsonSerializable(typeof(StoredEnvelope))]
[JsonSerializable(typeof(AttemptDetails))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class OutboxJson : JsonSerializerContext;
