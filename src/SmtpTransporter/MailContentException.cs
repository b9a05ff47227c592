namespace SmtpTransport;

/// <summary>The mail itself is at fault. Never reaches a caller: it becomes an error of component <c>mail</c>.</summary>
internal sealed class MailContentException : Exception
{
    public MailContentException(int code, string message, Exception? inner = null)
        : base(message, inner) =>
        Code = code;

    /// <summary>One of <see cref="SmtpErrorCodes"/>.</summary>
    public int Code { get; }

    public static MailContentException Unreadable(string name, Exception inner) =>
        inner as MailContentException
        ?? new(SmtpErrorCodes.AttachmentUnreadable, $"Attachments: \"{name}\" cannot be read: {inner.Message}", inner);
}
