using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SmtpTransport.Outbox;

/// <summary>
/// Encrypts what is stored, if the options ask for it. It still reads what was stored under the other setting. Thread-safe.
/// </summary>
internal sealed class PayloadProtector(IDataProtector? protector, bool protects)
{
    private const string Purpose = "SmtpTransport.Outbox";

    public bool Protects { get; } = protects;

    private IDataProtector Protector =>
        protector ?? throw new CryptographicException("The email is encrypted. Call services.AddDataProtection().");

    /// <exception cref="InvalidOperationException">The options ask for encryption, and the application has no provider.</exception>
    public static PayloadProtector Create(IDataProtectionProvider? provider, OutboxOptions options) =>
        options.EncryptAtRest && provider is null
            ? throw new InvalidOperationException("OutboxOptions.EncryptAtRest needs services.AddDataProtection().")
            : new PayloadProtector(provider?.CreateProtector(Purpose), options.EncryptAtRest);

    public byte[] Write(byte[] content) => Write(content, Protects);

    /// <exception cref="CryptographicException">The email is encrypted, and the application no longer has a provider.</exception>
    public byte[] Write(byte[] content, bool asProtected) => asProtected ? Protector.Protect(content) : content;

    /// <exception cref="CryptographicException">It cannot be decrypted, or the application no longer has a provider.</exception>
    public byte[] Read(byte[] content, bool isProtected)
    {
        if (!isProtected)
            return content;
        try
        {
            return Protector.Unprotect(content);
        }
        catch (CryptographicException exception) when (protector is not null)
        {
            throw new CryptographicException(
                $"The email cannot be decrypted: {exception.Message} Give this application the keys with which it was stored, or discard "
                + "the email.",
                exception);
        }
    }

    /// <summary>Whether <see cref="Inspect"/> can be used.</summary>
    public bool KnowsKeys => protector is IPersistedDataProtector;

    /// <summary>Decrypts with any key that the application has, and tells whether it is the current one.</summary>
    public Payload Inspect(byte[] content)
    {
        try
        {
            var plain = ((IPersistedDataProtector)Protector).DangerousUnprotect(
                content, ignoreRevocationErrors: true, out var needsNewKey, out var isRevoked);
            return new Payload(plain, needsNewKey || isRevoked, isRevoked);
        }
        catch (CryptographicException)
        {
            return new Payload(null, NeedsNewKey: false, IsRevoked: false);
        }
    }

    /// <summary>Returns null if it cannot be decrypted (missing or foreign key).</summary>
    public byte[]? TryRead(byte[] content, bool isProtected)
    {
        try
        {
            return Read(content, isProtected);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
