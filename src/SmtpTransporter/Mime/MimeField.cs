namespace SmtpTransport;

/// <summary>A header field as it will stand: the value is folded and encoded, without the line end behind it.</summary>
internal readonly record struct MimeField(string Name, string Value);
