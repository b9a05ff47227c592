namespace SmtpTransport.Outbox;

/// <summary>A run of a message's bytes that is stored separately, under an id.</summary>
internal sealed record SharedChunk(string Id, ReadOnlyMemory<byte> Content);
