using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>A message that came back, with what all kinds of reports look at.</summary>
internal sealed class ReceivedMessage
{
    // Behind so many parts, and below so many levels, no program puts the parts of a report.
    private const int MaxParts = 100;
    private const int MaxDepth = 4;

    private readonly List<MimeEntity> _parts = [];
    private readonly HashSet<MimeEntity> _partsOfReports = [];
    private string? _text;
    private bool _isTextCut;
    private OriginalEmail? _original;

    /// <param name="message">The message.</param>
    /// <param name="isTruncated">Whether it goes on behind what was read.</param>
    /// <param name="cancellationToken">Ends the judging of recipients.</param>
    public ReceivedMessage(MimeMessage message, bool isTruncated, CancellationToken cancellationToken)
    {
        Message = message;
        IsTruncated = isTruncated;
        Reasons = new FailureReasons(cancellationToken);
        Walk(message.Body, 0, isInReport: false);
    }

    public MimeMessage Message { get; }

    public bool IsTruncated { get; }

    /// <summary>Whether what is told by the words alone is cut: the message, or its text.</summary>
    public bool IsTextTruncated => IsTruncated || _isTextCut;

    /// <summary>Judges why a recipient did not get the message.</summary>
    public FailureReasons Reasons { get; }

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
    public string Text => _text ??= PartText.Find(_parts, out _isTextCut);

    public OriginalEmail Original => _original ??= OriginalHeaders.Find(_parts) ?? new OriginalEmail();

    public string? Header(string name) => Message.Headers[name];

    /// <summary>
    /// The first part of a kind in a <c>multipart/report</c>, which may lie in another multipart: one that was signed, or has got a
    /// footer.
    /// </summary>
    public T? FindInReport<T>()
        where T : MimeEntity => _parts.OfType<T>().FirstOrDefault(_partsOfReports.Contains);

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

    private void Walk(MimeEntity? entity, int depth, bool isInReport)
    {
        if (entity is null || _parts.Count >= MaxParts)
            return;
        if (entity is not Multipart multipart)
        {
            _parts.Add(entity);
            if (isInReport)
                _partsOfReports.Add(entity);
            return;
        }
        foreach (var part in depth < MaxDepth ? multipart.Take(MaxParts) : [])
            Walk(part, depth + 1, isInReport || multipart is MultipartReport);
    }
}
