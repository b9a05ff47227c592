namespace SmtpTransport;

/// <summary>A connection cannot be had, for a reason that is known already. Never reaches a caller.</summary>
internal sealed class SendFailureException(int code, string component, string message, Exception? inner = null) : Exception(message, inner)
{
    public int Code { get; } = code;

    public string Component { get; } = component;
}
