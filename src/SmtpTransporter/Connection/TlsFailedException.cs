namespace SmtpTransport;

/// <summary>The TLS handshake failed on a connection that MailKit has not opened. Never reaches a caller.</summary>
internal sealed class TlsFailedException(Exception inner) : Exception(inner.Message, inner);
