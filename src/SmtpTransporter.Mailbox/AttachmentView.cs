namespace SmtpTransport.Mailbox;

/// <summary>An attachment on the page.</summary>
internal sealed record AttachmentView(int Number, string Name, string Type, long Size, string? Cid, string Disposition);
