using System.Security.Cryptography;
using MimeKit;

namespace SmtpTransport;

/// <summary>
/// Signs and encrypts a complete message: first S/MIME, then DKIM, whose signature covers the result. Safe for concurrent callers.
/// </summary>
internal sealed class MessageSigner
{
    private readonly SmimeSigner? _smime;
    private readonly DkimSigning[] _dkim;

    private MessageSigner(SmimeSigner? smime, DkimSigning[] dkim)
    {
        _smime = smime;
        _dkim = dkim;
    }

    /// <summary>Creates a signer, which does nothing if the options ask for no signature.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message names it.</exception>
    public static MessageSigner Create(ServerOptions options, TimeProvider time)
    {
        var certificate = SigningCertificate.Load(options, time);
        return new MessageSigner(certificate is null ? null : new SmimeSigner(certificate, time), DkimSigning.Create(options));
    }

    /// <summary>
    /// Returns the message that is to be sent: the same one if nothing is to be signed or encrypted.
    /// </summary>
    /// <exception cref="EmailContentException">The message cannot be signed or encrypted.</exception>
    public OutgoingMessage Apply(OutgoingMessage message)
    {
        if (_smime is null && _dkim.Length == 0)
            return Smime.Encrypt(message);
        var mime = message.Message;
        Smime.Prepare(mime);
        var warning = Sign(mime);
        if (Smime.IsRequested(message.Email))
            Smime.Encrypt(mime, message.Email!);
        foreach (var key in _dkim)
            key.Sign(mime, message.Format);
        return message.WithFinalMessage(mime, warning);
    }

    private SmtpError? Sign(MimeMessage message)
    {
        try
        {
            return _smime?.Sign(message);
        }
        catch (CryptographicException exception)
        {
            throw Smime.Failed(exception);
        }
    }
}
