using System.Text.Json.Serialization;

namespace SmtpTransport.Outbox;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionView))]
[JsonSerializable(typeof(EmailListView))]
[JsonSerializable(typeof(ErasureView))]
[JsonSerializable(typeof(IAsyncEnumerable<ExportView>))]
[JsonSerializable(typeof(LaneListView))]
[JsonSerializable(typeof(MatchView))]
[JsonSerializable(typeof(OutboxView))]
[JsonSerializable(typeof(StatusView))]
[JsonSerializable(typeof(ThroughputView))]
internal sealed partial class OutboxJson : JsonSerializerContext;
