namespace SmtpTransport;

/// <summary>Reads the fingerprints of certificates.</summary>
internal static class CertificateFingerprint
{
    private const int Sha256Digits = 64;

    /// <summary>
    /// A SHA-256 fingerprint as 64 upper-case hexadecimal digits without colons; null if the text is not a valid fingerprint.
    /// </summary>
    public static string? Normalize(string? fingerprint)
    {
        var digits = fingerprint?.Replace(":", "", StringComparison.Ordinal).Trim().ToUpperInvariant();
        return digits is { Length: Sha256Digits } && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }
}
