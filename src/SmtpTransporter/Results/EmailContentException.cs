namespace SmtpTransport;

/// <summary>The email, or its signature, is at fault. It never reaches a caller: it becomes an error of its component.</summary>
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

    /// <summary>The property of the email that is at fault, such as <c>To</c>; empty if none is.</summary>
    public string Property { get; init; } = "";

    public static EmailContentException Unreadable(string name, Exception inner) =>
        inner as EmailContentException
        ?? new(SmtpErrorCodes.AttachmentUnreadable, $"Attachments: \"{name}\" cannot be read: {inner.Message}", inner)
        {
            Property = "Attachments",
        };
}
