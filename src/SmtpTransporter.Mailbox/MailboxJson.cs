using System.Text.Json.Serialization;

namespace SmtpTransport.Mailbox;

/// <summary>How the views are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<MessageSummary>))]
[JsonSerializable(typeof(MessageView))]
internal sealed partial class MailboxJson : JsonSerializerContext;
