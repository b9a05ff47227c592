namespace SmtpTransport.ReaderLab;

/// <summary>A file in a message: its name, and the SHA-256 of its octets if the reader gives them.</summary>
internal sealed record SeenFile(string? Name, string? Hash);
