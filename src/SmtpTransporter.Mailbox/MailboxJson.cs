using System.Text.Json.Serialization;

namespace SmtpTransport.Mailbox;

/// <summary>How the views are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MessageListView))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(IReadOnlyList<HtmlFeature>))]
[JsonSerializable(typeof(IReadOnlyList<LinkAnswer>))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(ReleaseView))]
internal sealed partial class MailboxJson : JsonSerializerContext;
