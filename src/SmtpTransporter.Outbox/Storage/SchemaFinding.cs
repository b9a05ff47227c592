namespace SmtpTransport.Outbox;

/// <summary>What is wrong with the tables of an outbox.</summary>
/// <param name="Problem">What it is, with its name.</param>
/// <param name="Statement">The SQL to run; empty if there is none.</param>
internal sealed record SchemaFinding(string Problem, string Statement = "");
