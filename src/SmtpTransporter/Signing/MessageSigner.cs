using MimeKit;

namespace SmtpTransport;

/// <summary>What is done to a message when it is whole: signed and encrypted by S/MIME, then signed by DKIM, which comes last.</summary>
internal sealed class MessageSigner(SigningCertificate? certificate, DkimSigning? dkim, TimeProvider time)
{
    private readonly SmimeSigner _smime = new(certificate, time);

    /// <exception cref="ArgumentException">The options for a signature are wrong.</exception>
    public static MessageSigner Of(ServerOptions options, TimeProvider time) =>
        new(SigningCertificate.Load(options, time), DkimSigning.Create(options.Dkim), time);

    /// <summary>The mail to be sent: itself where nothing is asked for. A caller's own message is not changed, but copied.</summary>
    public OutgoingMessage Apply(OutgoingMessage message)
    {
        var encrypts = message.Email is { EncryptFor.Count: > 0 };
        if (certificate is null && dkim is null && !encrypts)
            return message;
        var mime = message.Email is null ? Copy(message.Message) : message.Message;
        try
        {
            MimeKitConverter.MakeSevenBit(mime);
            mime.Prepare(EncodingConstraint.SevenBit);
            var warning = certificate is not null || encrypts ? _smime.Apply(mime, message.Email) : null;
            dkim?.Sign(mime, message.Format);
            return message.Signed(mime, warning);
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException)
        {
            throw new EmailContentException(SmtpErrorCodes.SigningFailed, $"The mail could not be signed or encrypted (S/MIME): {exception.Message}", exception, "smim");
        }
    }

    private static MimeMessage Copy(MimeMessage message)
    {
        var stream = new MemoryStream();
        message.WriteTo(stream);
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }
}
