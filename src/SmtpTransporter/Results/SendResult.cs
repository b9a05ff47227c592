namespace SmtpTransport;

/// <summary>
/// What became of one mail. A result cannot contradict itself: <see cref="Success"/> and <see cref="IsTransient"/> are derived
/// from <see cref="Outcome"/>. Immutable and safe to share between threads; holds no secret.
/// </summary>
public sealed class SendResult
{
    /// <summary>The <see cref="StatusText"/> of a send that failed without a reply of the server.</summary>
    public const string FailedText = "Failed to send email";

    internal const string DroppedText = "Not in AllowedRecipients";

    internal SendResult(Outcome outcome, int status, string statusText)
    {
        Outcome = outcome;
        Status = status;
        StatusText = statusText;
    }

    /// <summary>True only where the server took the message for every recipient.</summary>
    public bool Success => Outcome == Outcome.Accepted;

    /// <summary>What became of the mail.</summary>
    public Outcome Outcome { get; }

    /// <summary>The server's reply code (RFC 5321, section 4.2); 0 where the problem is not one of the mail processing.</summary>
    public int Status { get; }

    /// <summary>The server's reply text, or <see cref="FailedText"/> for a send that failed with status 0.</summary>
    public string StatusText { get; }

    /// <summary>The enhanced status code of the reply (RFC 3463), where it has one.</summary>
    public EnhancedStatus? EnhancedStatus => SmtpTransport.EnhancedStatus.FromReply(Status, StatusText);

    /// <summary>
    /// What went wrong, innermost first. Empty where the server answered the mail; a refused login (such as 535, or 530 to
    /// <c>MAIL</c>) has its code in <see cref="Status"/> and an entry of component <c>auth</c> here as well, so that it can be
    /// told from a refused mail.
    /// </summary>
    public IReadOnlyList<SmtpError> Errors { get; internal init; } = [];

    /// <summary>What the server's refusal or the last error means, and what to do about it; null where the catalogue does not know.</summary>
    public RefusalExplanation? Explanation => Status >= 400 ? RefusalExplanation.ForReply(Status, StatusText) : Errors.Count > 0 ? Errors[^1].Explanation : null;

    /// <summary>
    /// One entry for each address of the envelope, in the order To, Cc, Bcc, equal addresses once. Empty where the mail was at
    /// fault before its envelope was known.
    /// </summary>
    public IReadOnlyList<RecipientResult> Recipients { get; internal init; } = [];

    /// <summary>The Message-ID of the mail, without angle brackets: the caller's, or the one that was made. Empty if there was none yet.</summary>
    public string MessageId { get; internal init; } = "";

    /// <summary>The id that the server gave the mail in its queue, where the reply holds one (Postfix, Exim, Exchange, Amazon SES …).</summary>
    public string? QueueId => Outcome is Outcome.Accepted or Outcome.PartiallyAccepted ? SmtpTransport.QueueId.Find(FinalReply) : null;

    /// <summary>
    /// True where the same mail, or its part in <see cref="RetryEmail"/>, may pass later: <see cref="Outcome.Deferred"/>, a lost or
    /// unreachable server. False for <see cref="Outcome.Unknown"/>: a second try could be a second mail.
    /// </summary>
    public bool IsTransient { get; internal init; }

    /// <summary>How long the whole operation took, waiting for a connection included.</summary>
    public TimeSpan Elapsed { get; internal init; }

    /// <summary>What went wrong beside the send, such as a log that could not be written. Never makes a send fail.</summary>
    public IReadOnlyList<SmtpError> Warnings { get; internal init; } = [];

    /// <summary>The addresses that are worth another try: the deferred ones, and those that were not tried where the failure may pass.</summary>
    public IReadOnlyList<string> RetryRecipients =>
        [.. Recipients.Where(r => r.State == RecipientState.Deferred || (r.State == RecipientState.NotTried && IsTransient && r.StatusText != DroppedText)).Select(r => r.Address)];

    /// <summary>The text of the final reply to the message, which is not <see cref="StatusText"/> after a partial acceptance.</summary>
    internal string FinalReply { get; init; } = "";

    /// <summary>The mail that was sent, as it was at the call. Null for a MIME message.</summary>
    internal Email? Sent { get; init; }

    /// <summary>True where it went to another address than its own: then a retry is of the whole mail.</summary>
    internal bool IsRedirected { get; init; }

    /// <summary>True where the mail, or this side, is at fault and no server: another one could do nothing better.</summary>
    internal bool IsLocal => Outcome == Outcome.NotSent && Errors.Any(e => e.ComponentSignature is "mail" or "smim" or "dkim" or "conf");

    /// <summary>
    /// A mail to those recipients only that are worth another try (<see cref="RetryRecipients"/>), with the same Message-ID, so that a
    /// receiver can tell a double. Null where there are none, and so after <see cref="Outcome.Accepted"/>,
    /// <see cref="Outcome.Refused"/> and <see cref="Outcome.Unknown"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The mail was sent as a <c>MimeMessage</c>: use <see cref="RetryRecipients"/>.</exception>
    public Email? RetryEmail()
    {
        var recipients = RetryRecipients;
        if (recipients.Count == 0)
            return null;
        if (Sent is null)
        {
            throw new InvalidOperationException(
                "RetryEmail() needs a mail that was sent as an Email. Send the MimeMessage again to the addresses of RetryRecipients.");
        }
        return IsRedirected ? Sent.ForAll(MessageId) : Sent.For(recipients, MessageId);
    }

    /// <summary>Returns this result where it is a success.</summary>
    /// <exception cref="SmtpTransporterException">The mail was not accepted for every recipient; carries this result.</exception>
    public SendResult EnsureSuccess() => Success ? this : throw new SmtpTransporterException(this);

    /// <summary>
    /// Makes a result for a fake <see cref="ISmtpTransporter"/> in a test.
    /// </summary>
    /// <param name="outcome">The outcome; <see cref="Success"/> follows from it.</param>
    /// <param name="status">A reply code of the outcome's class (250, 4yz, 5yz), or 0 for <c>NotSent</c> and <c>Unknown</c>.</param>
    /// <param name="statusText">The reply's text.</param>
    /// <param name="recipients">What was said of each recipient.</param>
    /// <param name="errors">What went wrong.</param>
    /// <exception cref="ArgumentException">The parts contradict each other, such as <c>Accepted</c> with status 550.</exception>
    public static SendResult Create(
        Outcome outcome,
        int status,
        string statusText,
        IEnumerable<RecipientResult>? recipients = null,
        IEnumerable<SmtpError>? errors = null)
    {
        ArgumentNullException.ThrowIfNull(statusText);
        var fits = outcome switch
        {
            Outcome.Accepted => status is >= 200 and < 300,
            Outcome.PartiallyAccepted => status is >= 400 and < 600,
            Outcome.Refused => status is >= 500 and < 600,
            Outcome.Deferred => status is >= 400 and < 500,
            Outcome.Unknown => status == 0,
            _ => status is 0 or (>= 400 and < 600),
        };
        return fits
            ? new SendResult(outcome, status, statusText)
            {
                Recipients = outcome == Outcome.Unknown ? InDoubt(recipients ?? []) : [.. recipients ?? []],
                Errors = [.. errors ?? []],
                IsTransient = outcome == Outcome.Deferred || (outcome == Outcome.NotSent && status < 500),
                FinalReply = statusText,
            }
            : throw new ArgumentException($"The status {status} contradicts the outcome {outcome}.", nameof(status));
    }

    /// <summary>Where nothing else is said, all that were accepted are in doubt.</summary>
    private static List<RecipientResult> InDoubt(IEnumerable<RecipientResult> recipients)
    {
        var all = recipients.ToList();
        return all.Exists(r => r.IsInDoubt) ? all : all.ConvertAll(r => r.State == RecipientState.Accepted ? r with { IsInDoubt = true } : r);
    }

    /// <summary>This result without what a server gave back of the secrets.</summary>
    internal SendResult Without(SecretRedactor secrets) => !secrets.IsIn(this) ? this : new(Outcome, Status, secrets.Redact(StatusText))
    {
        Errors = secrets.Redact(Errors),
        Recipients = [.. Recipients.Select(r => r with { StatusText = secrets.Redact(r.StatusText) })],
        MessageId = MessageId,
        IsTransient = IsTransient,
        Elapsed = Elapsed,
        Warnings = Warnings,
        FinalReply = secrets.Redact(FinalReply),
        Sent = Sent,
        IsRedirected = IsRedirected,
    };

    /// <summary>One line for a log: outcome, status and text. No address, no subject.</summary>
    public override string ToString() => $"{Outcome} {Status} {StatusText}";
}
