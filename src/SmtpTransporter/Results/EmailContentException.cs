namespace SmtpTransport;

/// <summary>The mail itself is at fault, or its signature. Never reaches a caller: it becomes an error of its component.</summary>
internal sealed class EmailContentException : Exception
{
    public EmailContentException(int code, string message, Exception? inner = null, string component = "mail")
        : base(message, inner)
    {
        Code = code;
        Component = component;
    }

    /// <summary>One of <see cref="SmtpErrorCodes"/>.</summary>
    public int Code { get; }

    public string Component { get; }

    public static EmailContentException Unreadable(string name, Exception inner) =>
        inner as EmailContentException
        ?? new(SmtpErrorCodes.AttachmentUnreadable, $"Attachments: \"{name}\" cannot be read: {inner.Message}", inner);
}
