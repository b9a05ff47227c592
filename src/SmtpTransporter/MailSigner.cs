using MimeKit;

namespace SmtpTransport;

/// <summary>What is done to a message when it is whole: signed and encrypted by S/MIME, then signed by DKIM, which comes last.</summary>
internal sealed class MailSigner(SigningCertificate? certificate, DkimSigning? dkim, TimeProvider time)
{
    private readonly SmimeSigner _smime = new(certificate, time);

    /// <exception cref="ArgumentException">The options for a signature are wrong.</exception>
    public static MailSigner Of(ServerOptions options, TimeProvider time) =>
        new(SigningCertificate.Load(options, time), DkimSigning.Create(options.Dkim), time);

    /// <summary>The mail to be sent: itself where nothing is asked for. A caller's own message is not changed, but copied.</summary>
    public OutgoingMail Apply(OutgoingMail mail, FormatOptions format)
    {
        var encrypts = mail.Email is { EncryptFor.Count: > 0 };
        if (certificate is null && dkim is null && !encrypts)
            return mail;
        if (mail.Email is null)
            mail = mail.With(Copy(mail.Message));
        try
        {
            MimeBody.MakeSevenBit(mail.Message);
            mail.Message.Prepare(EncodingConstraint.SevenBit);
            var warning = certificate is not null || encrypts ? _smime.Apply(mail.Message, mail.Email) : null;
            dkim?.Sign(mail.Message, format);
            return warning is null ? mail : mail.With(mail.Message, warning);
        }
        catch (Exception exception) when (exception is System.Security.Cryptography.CryptographicException)
        {
            throw new MailContentException(SmtpErrorCodes.SigningFailed, $"The mail could not be signed or encrypted (S/MIME): {exception.Message}", exception, "smim");
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
