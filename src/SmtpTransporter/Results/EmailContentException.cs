namespace SmtpTransport;

/// <summary>The email, or its signature, is at fault. It never reaches a caller: it becomes an error of its component.</summary>
internal sealed class EmailContentException : Exception, IWorded
{
    public EmailContentException(int code, string message, Exception? inner = null, string component = "mail")
        : this(code, ErrorText.OfOurs(message), inner, component)
    {
    }

    public EmailContentException(int code, ErrorText text, Exception? inner, string component = "mail")
        : base(text.ToString(), inner)
    {
        Code = code;
        Component = component;
        Text = text;
    }

    /// <summary>One of <see cref="SmtpErrorCodes"/>.</summary>
    public int Code { get; }

    public string Component { get; }

    public ErrorText Text { get; }

    /// <summary>The property of the email that is at fault, such as <c>To</c>; empty if none is.</summary>
    public string Property { get; init; } = "";

    /// <summary>The content of an attachment cannot be opened or read.</summary>
    /// <param name="label">The attachment, such as <c>Attachments[0] ("report.pdf")</c>.</param>
    /// <param name="inner">What reading it threw.</param>
    public static EmailContentException Unreadable(string label, Exception inner) =>
        inner as EmailContentException
        ?? new(SmtpErrorCodes.AttachmentUnreadable, $"{label}: the content cannot be read: {inner.Message}", inner)
        {
            Property = "Attachments",
        };
}
