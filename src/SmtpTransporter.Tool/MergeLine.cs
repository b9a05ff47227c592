namespace SmtpTransport.Tool;

/// <summary>A line of the table of a mail merge: one email to one address. Immutable.</summary>
/// <param name="Number">The number of the line in the file.</param>
/// <param name="Address">The address as it is written; of a line that is wrong, what looks like it; empty if there is none.</param>
/// <param name="Recipient">The recipient; null if there is a problem.</param>
/// <param name="Fields">The fields by their columns.</param>
/// <param name="Problem">What is wrong with the line, behind its number; null if it can be sent.</param>
internal sealed record MergeLine(
    int Number, string Address, EmailAddress? Recipient, IReadOnlyDictionary<string, string> Fields, string? Problem)
{
    /// <summary>Such as <c>line 7 (ann@example.org)</c>.</summary>
    public string Name => Address.Length == 0 ? $"line {Number}" : $"line {Number} ({Address})";
}
