namespace SmtpTransport;

/// <summary>A header field as it is written: the value is folded and encoded, without the line end after it.</summary>
internal readonly record struct MimeField(string Name, string Value);
