namespace SmtpTransport;

/// <summary>Every value of <see cref="EmailDiagnostic.Code"/>.</summary>
/// <remarks>The texts are stable: a published code keeps its meaning; new ones may be added.</remarks>
public static class EmailDiagnosticCodes
{
    /// <summary>The email cannot be sent: no sender, no recipient, an invalid address, a missing file, and so on (error).</summary>
    public const string Invalid = "invalid";

    /// <summary>The message is larger than the given size limit (error).</summary>
    public const string TooLarge = "too-large";

    /// <summary>A placeholder such as <c>{{name}}</c> was not replaced (error).</summary>
    public const string Placeholder = "placeholder";

    /// <summary>The HTML refers to a Content-ID that no attachment has, or that several have (error).</summary>
    public const string CidMissing = "cid-missing";

    /// <summary>The HTML does not refer to an attachment that has a Content-ID (warning).</summary>
    public const string CidUnused = "cid-unused";

    /// <summary>The email has no subject (warning).</summary>
    public const string NoSubject = "no-subject";

    /// <summary>The email has no body and no attachment (warning).</summary>
    public const string Empty = "empty";

    /// <summary>
    /// SendAt is in the future: it is the Date field of the message, and a send does not wait for it (warning). The outbox sends later.
    /// </summary>
    public const string SendAt = "send-at";

    /// <summary>A field of Headers is not written, because a property of the email or the message itself has it (warning).</summary>
    public const string IgnoredHeader = "ignored-header";

    /// <summary>The email has an HTML body and no text body (warning).</summary>
    public const string NoText = "no-text";

    /// <summary>A line of a body is longer than 998 bytes (RFC 5322, section 2.1.1), so the body is sent encoded (warning).</summary>
    public const string LongLine = "long-line";

    /// <summary>The HTML body is larger than 102 KiB, and Gmail shows only its beginning (warning).</summary>
    public const string Clipped = "clipped";

    /// <summary>The HTML has an image as a <c>data:</c> URI, which many mail clients do not show (warning).</summary>
    public const string DataUri = "data-uri";

    /// <summary>An attachment is of a type that many servers refuse (warning).</summary>
    public const string BlockedType = "blocked-type";

    /// <summary>An attachment is empty: its file has no bytes, or its stream is at its end (warning).</summary>
    public const string EmptyAttachment = "empty-attachment";

    /// <summary>The email has more than 250 attachments, which Exchange Online refuses (warning).</summary>
    public const string ManyAttachments = "many-attachments";

    /// <summary>
    /// The METHOD of the calendar text is another than <see cref="MailCalendar.Method"/> (error), or is missing (warning): mail clients
    /// show a file instead of buttons.
    /// </summary>
    public const string CalendarMethod = "calendar-method";

    /// <summary>
    /// The domain of From and that of the DKIM key cannot belong to one organization, so DMARC does not count the signature (warning); or
    /// only DNS tells whether they do (information).
    /// </summary>
    public const string DkimDomain = "dkim-domain";
}
