namespace SmtpTransport;

/// <summary>What became of one email.</summary>
/// <remarks>
/// A result cannot contradict itself: <see cref="Success"/>, <see cref="IsTransient"/>, <see cref="Reason"/> and
/// <see cref="RetryRecipients"/> are derived from the other members. Immutable and safe to share between threads. It holds no secret.
/// </remarks>
public sealed partial class SendResult
{
    /// <summary>The <see cref="StatusText"/> of a send that failed without a reply of the server.</summary>
    public const string FailedText = "Failed to send email";

    internal const string DroppedText = "Not in AllowedRecipients";

    internal const string DeniedText = "Denied by IsRecipientDenied";

    // As many refused recipients as one sentence can name.
    private const int MaxNamed = 3;

    private string _statusText;
    private IReadOnlyList<SmtpError> _errors = [];
    private IReadOnlyList<SmtpError> _warnings = [];
    private IReadOnlyList<RecipientResult> _recipients = [];
    private string _finalReply = "";
    private bool _wasTlsRequired;

    internal SendResult(Outcome outcome, int status, string statusText)
    {
        Outcome = outcome;
        Status = status;
        _statusText = statusText;
    }

    /// <summary>True only if the server accepted the message for every recipient.</summary>
    public bool Success => Outcome == Outcome.Accepted;

    /// <summary>What became of the email.</summary>
    public Outcome Outcome { get; }

    /// <summary>The server's reply code (RFC 5321, section 4.2); 0 if the failure is not a reply of the server.</summary>
    public int Status { get; }

    /// <summary>The server's reply text, or <see cref="FailedText"/> if <see cref="Status"/> is 0.</summary>
    public string StatusText => _statusText;

    /// <summary>One sentence that says what went wrong, for a person; empty after <see cref="Outcome.Accepted"/>. Never null.</summary>
    /// <remarks>
    /// For a refusal it is the text of the reply, without its code; for a failure without a reply, the message of the last error; after
    /// <see cref="Outcome.PartiallyAccepted"/> it names the refused recipients (up to three) with their replies; after
    /// <see cref="Outcome.Unknown"/> it says that the message may have been delivered, and why that is not known. It may contain addresses.
    /// </remarks>
    public string Reason => ReasonOf(_errors.Count > 0 ? _errors[^1].Message : "");

    /// <summary>The enhanced status code of the reply (RFC 3463); null if it has none.</summary>
    public EnhancedStatus? EnhancedStatus => SmtpTransport.EnhancedStatus.FromReply(Status, _statusText);

    /// <summary>What went wrong, innermost first; empty if the server replied to the message.</summary>
    /// <remarks>
    /// A refused authentication (such as 535, or 530 to <c>MAIL</c>) has its code in <see cref="Status"/>, and an error of kind
    /// <see cref="SmtpErrorKind.Authentication"/> here as well, which distinguishes it from a refused message.
    /// </remarks>
    public IReadOnlyList<SmtpError> Errors
    {
        get => _errors;
        internal init => _errors = value;
    }

    /// <summary>What the refusal, or else the last error, means and what to do about it; null if the catalog does not know it.</summary>
    /// <remarks>
    /// After <see cref="Outcome.Unknown"/> it says how to find out whether the message was delivered, before anything is sent again.
    /// </remarks>
    public RefusalExplanation? Explanation => Outcome switch
    {
        Outcome.Accepted => null,
        Outcome.Unknown => RefusalCatalog.Unknown,
        _ => FailureSummary.Explain(Status, _statusText, _errors),
    };

    /// <summary>
    /// The server that was asked last, by its host and port, such as <c>mail.example.com:587</c>; null if none was asked, because the
    /// email was not valid or was written to a folder.
    /// </summary>
    public string? Server => Endpoint?.ToString();

    /// <summary>One entry for each address of the envelope, in the order To, Cc, Bcc, without duplicates.</summary>
    /// <remarks>It is empty if the email was not valid, so that there was no envelope.</remarks>
    public IReadOnlyList<RecipientResult> Recipients
    {
        get => _recipients;
        internal init => _recipients = value;
    }

    /// <summary>
    /// The Message-ID of the message without angle brackets: the caller's, or the generated one. Empty if there was none yet.
    /// </summary>
    public string MessageId { get; internal init; } = "";

    /// <summary>The id of the message in the server's queue; null if the final reply has none.</summary>
    /// <remarks>
    /// There is no standard for it; the forms of Postfix, OpenSMTPD, Exim, Exchange, Gmail, Sendmail, Amazon SES, Haraka and Courier are
    /// known.
    /// </remarks>
    public string? QueueId => Outcome is Outcome.Accepted or Outcome.PartiallyAccepted ? SmtpTransport.QueueId.Find(_finalReply) : null;

    /// <summary>
    /// True if another attempt with the same email, or with its part in <see cref="RetryEmail"/>, may succeed later without a change.
    /// </summary>
    /// <remarks>
    /// It is true if a recipient was deferred, and if nothing was sent for a reason that may pass: a 4yz reply, an unreachable server, a
    /// lost connection, a time limit. It is false after <see cref="Outcome.Unknown"/>: another attempt could deliver the message twice.
    /// </remarks>
    public bool IsTransient => Outcome switch
    {
        Outcome.Accepted or Outcome.Unknown => false,
        Outcome.Deferred => true,
        Outcome.NotSent when FailureSummary.IsTransient(Status, _errors) => true,
        _ => _recipients.Any(r => r.State == RecipientState.Deferred),
    };

    /// <summary>
    /// Whether the server has accepted the message with REQUIRETLS (RFC 8689), as <see cref="TlsRequirement.Required"/> demands: it passes
    /// the message on over TLS with a verified certificate, or returns it.
    /// </summary>
    public bool WasTlsRequired
    {
        get => _wasTlsRequired;
        internal init => _wasTlsRequired = value;
    }

    /// <summary>How long the whole operation took, including the time that it waited for a connection.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>How long the parts of the operation took.</summary>
    public SendTimings Timings { get; internal init; }

    /// <summary>
    /// The size of the message in octets, as SIZE counts them (RFC 1870): with its header, and without the dots that DATA doubles.
    /// </summary>
    /// <remarks>Null if the message was not made, or was sent by a client of the caller's.</remarks>
    public long? Size { get; internal init; }

    /// <summary>The step that failed; null after <see cref="Outcome.Accepted"/>.</summary>
    /// <remarks>
    /// For a refusal it is the step to which the server gave the reply; for a failure without a reply, the first step whose end is not
    /// known, which after <see cref="Outcome.Unknown"/> is <see cref="SendStep.Reply"/>. It is null for a result of <see cref="Create"/>.
    /// </remarks>
    public SendStep? FailedStep { get; internal init; }

    /// <summary>Problems that did not fail the send, such as a log that could not be written.</summary>
    public IReadOnlyList<SmtpError> Warnings
    {
        get => _warnings;
        internal init => _warnings = value;
    }

    /// <summary>
    /// The addresses for which another attempt may succeed: the deferred ones, and if <see cref="IsTransient"/> those that were not tried.
    /// </summary>
    public IReadOnlyList<string> RetryRecipients =>
        [.. _recipients.Where(r => r.State == RecipientState.Deferred
            || (r.State == RecipientState.NotTried && IsTransient && !IsDropped(r))).Select(r => r.Address)];

    /// <summary>The text of the final reply to the message, which is not <see cref="StatusText"/> after a partial acceptance.</summary>
    internal string FinalReply
    {
        get => _finalReply;
        init => _finalReply = value;
    }

    /// <summary>The server that was asked last; null if none was.</summary>
    internal EndpointName? Endpoint { get; init; }

    /// <summary>Whether exceptions may contain addresses.</summary>
    internal bool ShowsAddresses { get; init; }

    /// <summary><see cref="Reason"/> without addresses.</summary>
    internal string MaskedReason => AddressMask.Hide(ReasonOf(_errors.Count > 0 ? _errors[^1].MaskedMessage : ""));

    /// <summary>What happened and what to do, for a log that has the outcome and the server in columns of their own.</summary>
    internal string Describe(bool showsAddresses)
    {
        var reason = showsAddresses ? Reason : MaskedReason;
        var what = Status == 0 || (Outcome == Outcome.PartiallyAccepted && RefusedRecipients().Count > 0)
            ? reason : $"{Status} {_statusText}{Refused()}";
        return FailureSummary.Line(showsAddresses ? what : AddressMask.Hide(what), null, Explanation);
    }

    /// <summary>The line for an exception, with addresses only if the options allow them.</summary>
    internal string ExceptionText => ShowsAddresses ? ToString() : Line(AddressMask.Hide(What(MaskedReason)));

    /// <summary>True if the message, or this side, is at fault and not the server: another server could do no better.</summary>
    internal bool IsLocal => Outcome == Outcome.NotSent && _errors.Any(e => SmtpErrorTraits.IsLocal(e.ErrCode));

    /// <summary>True if the server is not at fault: it does not offer what the message needs.</summary>
    internal bool IsNotOffered => Outcome == Outcome.NotSent && _errors.Any(e => SmtpErrorTraits.IsNotOffered(e.ErrCode));

    /// <summary>Returns this result if it is a success, and throws otherwise.</summary>
    /// <returns>This result.</returns>
    /// <exception cref="SmtpTransporterException">
    /// The email was not accepted for every recipient; the exception carries this result.
    /// </exception>
    public SendResult EnsureSuccess() => Success ? this : throw new SmtpTransporterException(this);

    /// <summary>Creates a result for a fake <see cref="ISmtpTransporter"/> in a test.</summary>
    /// <param name="outcome">The outcome; <see cref="Success"/> follows from it.</param>
    /// <param name="status">A reply code of the outcome's class (250, 4yz, 5yz), or 0 for <c>NotSent</c> and <c>Unknown</c>.</param>
    /// <param name="statusText">The reply's text.</param>
    /// <param name="recipients">The result of each recipient. Default none.</param>
    /// <param name="errors">What went wrong, innermost first. Default none.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="statusText"/> is null.</exception>
    /// <exception cref="ArgumentException">The parts contradict each other, such as <c>Accepted</c> with status 550.</exception>
    public static SendResult Create(
        Outcome outcome,
        int status,
        string statusText,
        IEnumerable<RecipientResult>? recipients = null,
        IEnumerable<SmtpError>? errors = null)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        var matches = outcome switch
        {
            Outcome.Accepted => status is >= 200 and < 300,
            Outcome.PartiallyAccepted => status is >= 400 and < 600,
            Outcome.Refused => status is >= 500 and < 600,
            Outcome.Deferred => status is >= 400 and < 500,
            Outcome.Unknown => status == 0,
            _ => status is 0 or (>= 400 and < 600),
        };
        return matches
            ? new SendResult(outcome, status, statusText)
            {
                Recipients = outcome == Outcome.Unknown ? InDoubt(recipients ?? []) : [.. recipients ?? []],
                Errors = [.. errors ?? []],
                FinalReply = statusText,
            }
            : throw new ArgumentException($"The status {status} contradicts the outcome {outcome}.", nameof(status));
    }

    /// <summary>
    /// One line: the outcome, the reply or <see cref="Reason"/>, the refused recipients, <see cref="Server"/>, and what to do.
    /// </summary>
    /// <returns>
    /// Such as <c>Refused 550 5.1.1 No such user: ann@example.org (mail.example.com:587). Check the address for typing errors, and remove
    /// it from your list. [general.no-such-user]</c>: the code in brackets is that of <see cref="Explanation"/>, which
    /// <c>docs/errors.md</c> lists. Nothing of the email's content is in it but addresses that were refused.
    /// </returns>
    public override string ToString() => Line(What(Reason));

    /// <summary>The same result with every text rewritten that may come from a server.</summary>
    internal SendResult WithTexts(Func<string, string> rewrite)
    {
        var copy = (SendResult)MemberwiseClone();
        copy._statusText = rewrite(_statusText);
        copy._finalReply = rewrite(_finalReply);
        copy._errors = [.. _errors.Select(e => e.WithTexts(rewrite))];
        copy._recipients = [.. _recipients.Select(r => r with { StatusText = rewrite(r.StatusText) })];
        return copy;
    }

    /// <summary>No server has promised anything.</summary>
    internal SendResult WithoutTlsRequired()
    {
        if (!WasTlsRequired)
            return this;
        var copy = (SendResult)MemberwiseClone();
        copy._wasTlsRequired = false;
        return copy;
    }

    /// <summary>The same result with a further warning.</summary>
    internal SendResult WithWarning(SmtpError warning)
    {
        var copy = (SendResult)MemberwiseClone();
        copy._warnings = [.. _warnings, warning];
        return copy;
    }

    /// <summary>Whether the options removed the recipient from the envelope.</summary>
    private static bool IsDropped(RecipientResult recipient) =>
        recipient is { State: RecipientState.NotTried, StatusText: DroppedText or DeniedText };

    /// <summary>If the caller marks none as in doubt, all accepted recipients are.</summary>
    private static List<RecipientResult> InDoubt(IEnumerable<RecipientResult> recipients)
    {
        var all = recipients.ToList();
        return all.Exists(r => r.IsInDoubt)
            ? all
            : all.ConvertAll(r => r.State == RecipientState.Accepted ? r with { IsInDoubt = true } : r);
    }

    private List<RecipientResult> RefusedRecipients() =>
        [.. _recipients.Where(r => r.State is RecipientState.Refused or RecipientState.Deferred)];

    private string ReasonOf(string lastError) => Outcome switch
    {
        Outcome.Accepted => "",
        Outcome.PartiallyAccepted when RefusedRecipients() is { Count: > 0 } refused => Name(refused),
        Outcome.Unknown when lastError.Length > 0 => $"The message may have been delivered: {lastError}",
        Outcome.Unknown => "The message may have been delivered: the server did not reply to it.",
        _ when Status == 0 && lastError.Length > 0 => lastError,
        _ => FailureSummary.Reason(Status, _statusText, []),
    };

    private string What(string reason) => Outcome switch
    {
        Outcome.Accepted => $"{Outcome} {Status} {_statusText}",
        Outcome.PartiallyAccepted when RefusedRecipients().Count > 0 => $"{Outcome}: {reason}",
        _ when Status == 0 => $"{Outcome}: {reason}",
        _ => $"{Outcome} {Status} {_statusText}{Refused()}",
    };

    private string Line(string what) => Success ? what : FailureSummary.Line(what, Endpoint, Explanation);

    // Only if it was the recipient who was refused: else it is the same for all.
    private string Refused() => FailedStep == SendStep.Recipients && RefusedRecipients() is { Count: > 0 } refused
        ? $": {string.Join(", ", refused.Take(MaxNamed).Select(r => r.Address))}{More(refused)}"
        : "";

    private static string More(List<RecipientResult> refused) => refused.Count > MaxNamed ? $" and {refused.Count - MaxNamed} more" : "";

    private string Name(List<RecipientResult> refused)
    {
        var named = string.Join(", ", refused.Take(MaxNamed).Select(r => $"{r.Address} ({$"{r.Status} {r.StatusText}".Trim()})"));
        return $"The server refused {refused.Count} of {_recipients.Count} recipients: {named}{More(refused)}.";
    }
}
