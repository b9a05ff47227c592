using System.Text.Json.Serialization;

namespace SmtpTransport.Mailbox;

/// <summary>A line of the list.</summary>
internal sealed record MailLine(string Id, string From, IReadOnlyList<string> To, string Subject, string Preview, DateTimeOffset ReceivedAt, int Size, int Attachments);

/// <summary>A mail as the page shows it.</summary>
internal sealed record MailView(
    string Id, string Subject, string From, string EnvelopeFrom, IReadOnlyList<string> EnvelopeTo, DateTimeOffset ReceivedAt, int Size, bool HasHtml, int RemoteImages,
    string? Text, IReadOnlyList<HeaderView> Headers, IReadOnlyList<AttachmentView> Attachments, IReadOnlyList<FindingView> Findings);

internal sealed record HeaderView(string Name, string Value);

internal sealed record AttachmentView(int Number, string Name, string Type, long Size, string? Cid, string Disposition);

internal sealed record FindingView(string Code, string Severity, string Property, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<MailLine>))]
[JsonSerializable(typeof(MailView))]
internal sealed partial class MailboxJson : JsonSerializerContext;
