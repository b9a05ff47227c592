namespace SmtpTransport.Tool;

/// <summary>The arguments, the environment or a file cannot be used. The message says why, and what to do.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner);
