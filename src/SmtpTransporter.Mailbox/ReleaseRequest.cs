namespace SmtpTransport.Mailbox;

/// <summary>The addresses that a message is to be sent to.</summary>
internal sealed record ReleaseRequest(IReadOnlyList<string>? To);
