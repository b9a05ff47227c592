using System.Text.Json.Serialization;

namespace SmtpTransport.Mailbox;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<MailLine>))]
[JsonSerializable(typeof(MailView))]
internal sealed partial class MailboxJson : JsonSerializerContext;
