using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>A message that came back, with what all kinds of reports look at.</summary>
internal sealed class ReceivedMessage
{
    // Behind so many parts, and below so many levels, no program puts the parts of a report.
    private const int MaxParts = 100;
    private const int MaxDepth = 4;

    private readonly List<MimeEntity> _parts = [];
    private string? _text;
    private OriginalEmail? _original;

    public ReceivedMessage(MimeMessage message, bool isTruncated)
    {
        Message = message;
        IsTruncated = isTruncated;
        Walk(message.Body, 0);
    }

    public MimeMessage Message { get; }

    public bool IsTruncated { get; }

    /// <summary>The parts that are not in a returned message.</summary>
    public IReadOnlyList<MimeEntity> Parts => _parts;

    public bool IsReport => Message.Body is MultipartReport;

    /// <summary>Whether a program has written it: a null return path, a field of RFC 3834, or a program as the sender.</summary>
    public bool IsFromProgram =>
        HasNullReturnPath
        || (Header("Auto-Submitted") is { Length: > 0 } submitted && !submitted.StartsWith("no", StringComparison.OrdinalIgnoreCase))
        || IsFromMailSystem;

    /// <summary>Whether the sender is the program of a mail server, and not the program of a person.</summary>
    public bool IsFromMailSystem =>
        FailedRecipients is not null || Message.From.Count == 0 || ReplyRules.Current.IsProgram(SenderAddress);

    /// <summary>Whether a second sign says that the sender is a mail server: people and shops have a <c>delivery@</c>, too.</summary>
    public bool IsSurelyFromMailSystem => IsFromMailSystem
        && (HasNullReturnPath || IsReport || FailedRecipients is not null || ReplyRules.Current.IsServer(SenderAddress));

    /// <summary>The recipients that Exim and others name in a field of their own; null if there is none.</summary>
    public string? FailedRecipients => Header("X-Failed-Recipients");

    public bool HasNullReturnPath => Header("Return-Path")?.Trim() == "<>";

    public string SenderAddress => FieldText.Clean(Message.From.Mailboxes.FirstOrDefault()?.Address);

    /// <summary>The words for people, with line feeds at the ends of lines; empty if there are none.</summary>
    public string Text => _text ??= PartText.Find(_parts);

    public OriginalEmail Original => _original ??= OriginalHeaders.Find(_parts) ?? new OriginalEmail();

    public string? Header(string name) => Message.Headers[name];

    /// <summary>What all kinds of feedback have in common.</summary>
    public EmailFeedback Create(FeedbackKind kind, FeedbackConfidence confidence) => new()
    {
        Kind = kind,
        Confidence = confidence,
        Original = Original,
        MessageId = FieldText.Value(Message.MessageId),
        Date = Message.Headers.Contains(HeaderId.Date) && Message.Date != DateTimeOffset.MinValue ? Message.Date : null,
        IsTruncated = IsTruncated,
    };

    private void Walk(MimeEntity? entity, int depth)
    {
        if (entity is null || _parts.Count >= MaxParts)
            return;
        if (entity is not Multipart multipart)
        {
            _parts.Add(entity);
            return;
        }
        foreach (var part in depth < MaxDepth ? multipart.Take(MaxParts) : [])
            Walk(part, depth + 1);
    }
}
