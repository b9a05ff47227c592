namespace SmtpTransport.Outbox;

/// <summary>A message as it is stored: what stands in its row, what stands beside it, and how it is put together again.</summary>
internal sealed record SplitMessage(byte[] InRow, IReadOnlyList<Segment> Pieces, IReadOnlyList<SharedChunk> Beside);
