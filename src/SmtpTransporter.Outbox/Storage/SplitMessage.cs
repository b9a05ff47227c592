namespace SmtpTransport.Outbox;

/// <summary>A message as it is stored: the bytes in its row, the chunks that are stored separately, and the order of both.</summary>
internal sealed record SplitMessage(byte[] InRow, IReadOnlyList<Segment> Segments, IReadOnlyList<SharedChunk> Chunks);
