namespace SmtpTransport.Outbox;

/// <summary>Rows that a statement gets as parameters.</summary>
/// <param name="Sql">The source to write after FROM; its alias is <c>u</c>.</param>
/// <param name="Parameters">The parameters of the source.</param>
internal readonly record struct RowSource(string Sql, (string Name, object? Value)[] Parameters);
