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

    /// <summary>The domain of From is not that of the DKIM key, so DMARC does not count the signature (warning).</summary>
    public const string DkimDomain = "dkim-domain";
}
