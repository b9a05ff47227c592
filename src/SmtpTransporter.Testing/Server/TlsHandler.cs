using System.Security.Authentication;

namespace SmtpTransport.Testing;

/// <summary>STARTTLS (RFC 3207), and the TLS handshake. Used by one task.</summary>
internal sealed class TlsHandler(ConversationContext context)
{
    public async Task StartTlsAsync(CommandLine line)
    {
        // Input that is already here was sent in clear text without waiting for the reply, perhaps by someone other than the client.
        if (context.Wire.HasInput)
        {
            context.Replies.Send(new(501, "5.5.1", "Nothing may follow STARTTLS before its reply"));
            await context.Replies.CloseAsync().ConfigureAwait(false);
            return;
        }
        var isSecure = context.Session.IsSecure;
        var reply = !context.OffersStartTls ? Reply.BadSequence(isSecure ? "TLS is active already" : "STARTTLS is not offered")
            : line.Arguments.Length > 0 ? Reply.SyntaxError("STARTTLS takes no argument")
            : !context.IsGreeted ? Reply.BadSequence("Send EHLO first")
            : new Reply(220, "2.0.0", "Ready to start TLS");
        var code = await context.Replies.AnswerAsync(SmtpStep.StartTls, reply, line.Text).ConfigureAwait(false);
        if (code == 220 && !isSecure && !await SecureAsync().ConfigureAwait(false))
            context.Replies.StopReading();
    }

    /// <returns>False if the connection cannot be used any more.</returns>
    public async Task<bool> SecureAsync()
    {
        TimeSpan? drip = null;
        if (context.Server.Script.Take(SmtpStep.TlsHandshake, "") is { } rule)
        {
            if (rule.Action is { Verb: ScriptVerb.Drip, Bytes: null } action)
            {
                rule.Hit();
                drip = action.Interval;
            }
            else if (!await PlayAsync(rule).ConfigureAwait(false))
            {
                return false;
            }
        }
        try
        {
            var tls = await context.Wire.UpgradeAsync(context.Server.TlsOptions, drip).ConfigureAwait(false);
            context.Session.TlsProtocol = tls.SslProtocol;
            context.Session.ClientCertificate = ServerState.Copy(tls.RemoteCertificate);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            context.Session.AddServer($"<TLS handshake failed: {exception.Message}>");
            return false;
        }
        context.BeginSecure();
        return true;
    }

    /// <returns>False if the rule has ended the connection, or its bytes have taken the place of the handshake.</returns>
    private async Task<bool> PlayAsync(SmtpRule rule)
    {
        await context.Replies.PlayAsync(rule, null).ConfigureAwait(false);
        if (!context.Replies.HasEnded && rule.Action.Bytes is not null)
            await context.Replies.HangAsync().ConfigureAwait(false);
        return !context.Replies.HasEnded;
    }
}
