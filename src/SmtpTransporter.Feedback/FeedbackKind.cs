namespace SmtpTransport.Feedback;

/// <summary>What kind of email came back.</summary>
public enum FeedbackKind
{
    /// <summary>
    /// A report of a mail server about failed, delayed or successful delivery (RFC 3464, or the form of one program). The default value.
    /// </summary>
    /// <remarks>It is a bounce only for the recipients that have <see cref="FeedbackRecipient.IsBounce"/>.</remarks>
    DeliveryReport,

    /// <summary>A recipient has complained, such as by a button "spam" (RFC 5965).</summary>
    Complaint,

    /// <summary>A recipient's program says that the message was shown, deleted or processed (RFC 8098): a read receipt.</summary>
    DispositionNotification,

    /// <summary>A program has answered for a recipient, such as with a notice of absence (RFC 3834).</summary>
    AutomaticReply,

    /// <summary>A recipient wants no further emails.</summary>
    Unsubscribe,

    /// <summary>A report of RFC 5965 that complains of nothing, such as <c>not-spam</c> or <c>auth-failure</c> (RFC 6591).</summary>
    OtherReport,
}
