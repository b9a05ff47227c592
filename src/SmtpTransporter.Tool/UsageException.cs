namespace SmtpTransport.Tool;

/// <summary>The arguments, the environment or a file cannot be used; the message says why.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
