namespace SmtpTransport.Outbox;

/// <summary>A stretch that stands beside, under an id.</summary>
internal sealed record SharedChunk(string Id, ReadOnlyMemory<byte> Octets);
