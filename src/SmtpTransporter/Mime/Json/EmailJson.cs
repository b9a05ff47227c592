using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>An email as it is in JSON. The names are those of the model and of JMAP (RFC 8621), in camel case.</summary>
internal sealed record EmailJson
{
    public string? Id { get; init; }

    public DateTimeOffset? ReceivedAt { get; init; }

    public long? Size { get; init; }

    public EmailAddresses? From { get; init; }

    public EmailAddresses? Sender { get; init; }

    public EmailAddresses? ReplyTo { get; init; }

    public EmailAddresses? To { get; init; }

    public EmailAddresses? Cc { get; init; }

    public EmailAddresses? Bcc { get; init; }

    public string? ReturnPath { get; init; }

    public EnvelopeJson? Envelope { get; init; }

    public string? Stream { get; init; }

    public string? MessageId { get; init; }

    public DateTimeOffset? SendAt { get; init; }

    public string? Subject { get; init; }

    public string? Comments { get; init; }

    [JsonConverter(typeof(TextSetJsonConverter))]
    public IReadOnlyList<string>? Keywords { get; init; }

    [JsonConverter(typeof(TextOrTextsJsonConverter))]
    public IReadOnlyList<string>? InReplyTo { get; init; }

    [JsonConverter(typeof(TextsJsonConverter))]
    public IReadOnlyList<string>? References { get; init; }

    public IReadOnlyList<HeaderJson>? Headers { get; init; }

    [JsonConverter(typeof(JsonStringEnumConverter<MailPriority>))]
    public MailPriority? Priority { get; init; }

    [JsonConverter(typeof(TextsJsonConverter))]
    public IReadOnlyList<string>? Notify { get; init; }

    public string? EnvelopeId { get; init; }

    public string? TlsRequirement { get; init; }

    public CalendarJson? Calendar { get; init; }

    public IReadOnlyList<AlternativeJson>? Alternatives { get; init; }

    public string? TextBody { get; init; }

    public string? HtmlBody { get; init; }

    public PartJson? BodyStructure { get; init; }

    public IReadOnlyDictionary<string, ValueJson>? BodyValues { get; init; }

    public IReadOnlyList<AttachmentJson>? Attachments { get; init; }

    /// <summary>The envelope as JMAP has it (RFC 8621, section 7), without parameters.</summary>
    internal sealed record EnvelopeJson
    {
        public PathJson? MailFrom { get; init; }

        public required IReadOnlyList<PathJson> RcptTo { get; init; }
    }

    internal sealed record PathJson
    {
        public required string Email { get; init; }
    }

    internal sealed record CalendarJson
    {
        public required string Content { get; init; }

        public string? Method { get; init; }
    }

    internal sealed record AlternativeJson
    {
        public required string Content { get; init; }

        public required string Type { get; init; }
    }

    internal sealed record HeaderJson
    {
        public string? Name { get; init; }

        public string? Value { get; init; }
    }

    internal sealed record ValueJson
    {
        public required string Value { get; init; }

        public bool? IsEncodingProblem { get; init; }
    }

    /// <summary>An attachment with its content in base64. There is no path: JSON must not refer to files of this machine.</summary>
    internal sealed record AttachmentJson
    {
        public string? BlobId { get; init; }

        public string? Name { get; init; }

        public string? Cid { get; init; }

        public string? Type { get; init; }

        public string? Disposition { get; init; }

        public required byte[] Content { get; init; }
    }

    internal sealed record PartJson
    {
        public string? PartId { get; init; }

        /// <summary>The model's spelling of <see cref="PartId"/>. It is read, and never written.</summary>
        [JsonPropertyName("partID")]
        public string? PartIdOfModel { get; init; }

        /// <summary>The attachment that has the content of the part.</summary>
        public string? BlobId { get; init; }

        public string? Type { get; init; }

        public IReadOnlyDictionary<string, string>? Parameters { get; init; }

        public string? Charset { get; init; }

        public string? Encoding { get; init; }

        public string? Disposition { get; init; }

        public string? Name { get; init; }

        public string? Cid { get; init; }

        [JsonConverter(typeof(TextsJsonConverter))]
        public IReadOnlyList<string>? Language { get; init; }

        public string? Location { get; init; }

        public IReadOnlyList<HeaderJson>? Headers { get; init; }

        public IReadOnlyList<PartJson>? SubParts { get; init; }
    }
}
