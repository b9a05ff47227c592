namespace SmtpTransport.Mailbox;

internal sealed record AttachmentView(int Number, string Name, string Type, long Size, string? Cid, string Disposition);
