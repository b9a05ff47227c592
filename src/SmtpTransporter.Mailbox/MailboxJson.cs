using System.Text.Json.Serialization;

namespace SmtpTransport.Mailbox;

/// <summary>How the views are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<MessageSummary>))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(PreviewView))]
internal sealed partial class MailboxJson : JsonSerializerContext;
