namespace SmtpTransport;

/// <summary>Checks that an email can be encrypted for its recipients, and that the encryption tells none of them of another one.</summary>
internal static class EncryptionCheck
{
    /// <param name="email">The checked email.</param>
    /// <param name="recipients">The recipients of the envelope.</param>
    /// <exception cref="EmailContentException">
    /// A recipient has no certificate, or a recipient that the message does not show would be visible to the others.
    /// </exception>
    public static void Check(Email email, IReadOnlyList<string> recipients)
    {
        var named = email.EncryptFor.SelectMany(CertificateAddresses.Read).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (recipients.FirstOrDefault(r => !named.Contains(r)) is { } unnamed)
            throw TextCheck.Invalid(nameof(Email.EncryptFor), $"no certificate names {unnamed}, who could not read the message");
        // The encrypted content lists the certificate of each of its recipients. An author who keeps a copy is no secret.
        var shown = email.To.Concat(email.Cc).Concat(email.From).Concat(email.Sender)
            .Select(a => AddressSpec.WithAsciiDomain(a.Email))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (recipients.Count > 1 && recipients.FirstOrDefault(r => !shown.Contains(r)) is { } hidden)
        {
            throw TextCheck.Invalid(
                nameof(Email.EncryptFor),
                $"an encrypted message lists the certificates of its recipients, so that it would show {hidden}, which is in Bcc, to the "
                + "others (RFC 5322, section 3.6.3). Send it to that recipient alone: set Envelope and EncryptFor of a copy");
        }
    }
}
