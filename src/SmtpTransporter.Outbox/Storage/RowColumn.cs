namespace SmtpTransport.Outbox;

/// <summary>A column of rows that a statement gets as parameters, so that one statement changes many emails.</summary>
/// <param name="Name">The name of the column in the statement.</param>
/// <param name="Values">One value for each row; an array of strings, numbers, nullable numbers, or byte arrays.</param>
internal readonly record struct RowColumn(string Name, Array Values);
