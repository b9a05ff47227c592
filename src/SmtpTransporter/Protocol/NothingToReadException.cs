namespace SmtpTransport;

/// <summary>Nothing has come that could be read without waiting. Never reaches a caller.</summary>
internal sealed class NothingToReadException : IOException;
