namespace SmtpTransport;

/// <summary>Some of the entries of a suppression list.</summary>
/// <param name="Entries">The entries, the newest first.</param>
/// <param name="NextPage">What <see cref="ISuppressionList.ListAsync"/> takes for the next page; null if this is the last one.</param>
/// <remarks>A snapshot; immutable and thread-safe.</remarks>
public sealed record SuppressionPage(IReadOnlyList<Suppression> Entries, string? NextPage);
