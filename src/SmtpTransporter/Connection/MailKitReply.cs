using System.Globalization;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>Finds the server's reply in an exception of MailKit.</summary>
internal static class MailKitReply
{
    /// <returns>The reply, whatever its code is; null if the exception has none.</returns>
    public static Reply? From(Exception exception) => exception switch
    {
        SmtpCommandException command => new Reply((int)command.StatusCode, command.Message),
        ServiceNotAuthenticatedException demanded => new Reply(530, demanded.Message),
        AuthenticationException refused => FromAuthentication(refused.Message),
        _ => null,
    };

    /// <summary>
    /// MailKit has one exception for a lost connection and for a violation of the protocol: only its text distinguishes them.
    /// </summary>
    public static bool SaysDisconnected(SmtpProtocolException exception) =>
        exception.Message.Contains("disconnected", StringComparison.Ordinal);

    // With an explicit mechanism MailKit has the code only at the beginning of the message: "535: 5.7.8 …".
    private static Reply? FromAuthentication(string message) =>
        message is [_, _, _, ':', ' ', ..] && int.TryParse(
            message.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            && code is >= 400 and < 600
            ? new Reply(code, message[5..])
            : null;
}
