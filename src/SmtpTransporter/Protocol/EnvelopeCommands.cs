using System.Globalization;
using System.Text;

namespace SmtpTransport;

/// <summary>Writes MAIL and RCPT with their parameters (RFC 5321, section 4.1.2; RFC 1870, 3461, 6152, 6531 and 8689).</summary>
internal static class EnvelopeCommands
{
    public static void AddMail(ByteBuffer commands, OutgoingMessage message, SerializedMessage content, ServerExtensions server)
    {
        commands.Add("MAIL FROM:<").Add(message.Envelope.Sender).Add(">");
        if (message.NeedsSmtpUtf8)
            commands.Add(" SMTPUTF8");
        if (server.Size && content.IsMeasured)
            commands.Add(" SIZE=").Add(content.Size);
        if (content.IsEightBit && server.EightBitMime)
            commands.Add(" BODY=8BITMIME");
        if (message.RequiresTls)
            commands.Add(" REQUIRETLS");
        if (message.EnvelopeId is not null)
            commands.Add(" ENVID=").Add(Xtext(message.EnvelopeId));
        commands.Add("\r\n");
    }

    public static void AddRecipient(ByteBuffer commands, OutgoingMessage message, string recipient)
    {
        commands.Add("RCPT TO:<").Add(recipient).Add(">");
        if (message.Notify != DeliveryNotifications.Unspecified)
        {
            commands.Add(" NOTIFY=").Add(NotifyText(message.Notify))
                .Add(" ORCPT=").Add(Ascii.IsValid(recipient) ? "rfc822" : "utf-8").Add(";").Add(Xtext(recipient));
        }
        commands.Add("\r\n");
    }

    private static string NotifyText(DeliveryNotifications notify) =>
        notify == DeliveryNotifications.Never ? "NEVER" : notify.ToString().ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal);

    /// <summary>RFC 3461, section 4.</summary>
    private static string Xtext(string text)
    {
        if (text.All(c => c is > ' ' and < (char)127 and not ('+' or '=')))
            return text;
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > 32 and < 127 and not ((byte)'+' or (byte)'='))
                encoded.Append((char)b);
            else
                encoded.Append('+').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
