namespace SmtpTransport;

/// <summary>Reads the entries of <see cref="ServerOptions.AllowedRecipients"/>: addresses and domains.</summary>
internal static class RecipientPattern
{
    /// <summary>Whether the entry allows a whole domain: <c>example.com</c>, <c>@example.com</c> or <c>*@example.com</c>.</summary>
    public static bool IsDomain(string pattern) =>
        !pattern.Contains('@', StringComparison.Ordinal) || pattern.StartsWith('@') || pattern.StartsWith("*@", StringComparison.Ordinal);

    public static bool IsValid(string? pattern)
    {
        if (pattern is null)
            return false;
        var trimmed = pattern.Trim();
        return AddressSpec.Check(IsDomain(pattern) ? $"x@{AddressSpec.DomainOf(trimmed)}" : trimmed) is null;
    }
}
