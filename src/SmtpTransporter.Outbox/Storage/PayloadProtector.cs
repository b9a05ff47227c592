using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace SmtpTransport.Outbox;

/// <summary>Encrypts what is stored, where that is asked for. What was stored otherwise before is still read.</summary>
internal sealed class PayloadProtector(IDataProtector? protector, bool protects)
{
    private const string Purpose = "SmtpTransport.Outbox";

    public bool Protects { get; } = protects;

    /// <exception cref="InvalidOperationException">Encryption is asked for, and there is no provider.</exception>
    public static PayloadProtector Of(IDataProtectionProvider? provider, OutboxOptions options) => options.EncryptAtRest && provider is null
        ? throw new InvalidOperationException("OutboxOptions.Protect needs services.AddDataProtection().")
        : new PayloadProtector(provider?.CreateProtector(Purpose), options.EncryptAtRest);

    public byte[] Write(byte[] octets) => Write(octets, Protects);

    /// <exception cref="CryptographicException">The mail is encrypted, and there is no provider any more.</exception>
    public byte[] Write(byte[] octets, bool asProtected) => asProtected ? Known.Protect(octets) : octets;

    /// <exception cref="CryptographicException">It cannot be decrypted, or there is no provider any more.</exception>
    public byte[] Read(byte[] octets, bool isProtected) => isProtected ? Known.Unprotect(octets) : octets;

    /// <summary>Null where it cannot be decrypted: its key is gone, or is another application's.</summary>
    public byte[]? TryRead(byte[] octets, bool isProtected)
    {
        try
        {
            return Read(octets, isProtected);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector Known => protector ?? throw new CryptographicException("The mail is encrypted: services.AddDataProtection() is missing.");
}
