namespace SmtpTransport;

/// <summary>The operation failed for a reason that is already known by its code. It never reaches a caller.</summary>
internal sealed class SendFailureException(int code, string component, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>One of <see cref="SmtpErrorCodes"/>.</summary>
    public int Code { get; } = code;

    public string Component { get; } = component;
}
