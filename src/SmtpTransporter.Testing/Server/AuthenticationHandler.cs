using System.Text;

namespace SmtpTransport.Testing;

/// <summary>AUTH (RFC 4954): one command, and the challenges and responses that follow it. Used by one task.</summary>
internal sealed class AuthenticationHandler(ConversationContext context)
{
    private static readonly Reply InvalidBase64 = new(501, "5.5.2", "The response is not valid base64");

    public async Task AuthenticateAsync(CommandLine line)
    {
        var (session, replies) = (context.Session, context.Replies);
        var parts = line.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var mechanism = parts.Length > 0 ? parts[0].ToUpperInvariant() : "";
        session.AuthAttempts++;
        session.AuthMechanism = mechanism;

        var (reply, exchange) = BeginExchange(mechanism, parts);
        var code = await replies.AnswerAsync(SmtpStep.Auth, reply, line.Text).ConfigureAwait(false);
        while (code == 334)
        {
            // A scripted 334 although the exchange has ended or never began: every response to it is wrong.
            if (reply.Code != 334)
                exchange = null;
            var response = await context.Wire.ReadLineAsync(sasl: true).ConfigureAwait(false);
            if (response.State == LineState.EndOfStream)
            {
                replies.StopReading();
                return;
            }
            session.AddClient("***");
            if (response is { State: LineState.Complete, Text: "*" })
            {
                replies.Send(new(501, "5.7.0", "Authentication canceled"));
                return;
            }
            reply = response.State switch
            {
                LineState.TooLong => new(500, "5.5.6", "Line too long"),
                LineState.Complete => Decode(response.Text) is { } bytes ? Continue(exchange, bytes) : InvalidBase64,
                _ => Reply.ToInvalidLine(response.State),
            };
            code = await replies.AnswerAsync(SmtpStep.AuthResponse, reply, line.Text).ConfigureAwait(false);
            if (response.State == LineState.BareLineFeed)
                await replies.CloseAsync().ConfigureAwait(false);
        }
        if (code != 235)
            return;
        context.IsAuthenticated = true;
        context.Commands.EndAuthentication();
        session.AuthenticatedUser = reply.Code == 235 ? exchange?.User : null;
    }

    private (Reply Reply, SaslExchange? Exchange) BeginExchange(string mechanism, string[] parts)
    {
        if (!context.IsExtended)
            return (Reply.BadSequence("Send EHLO first"), null);
        if (!context.OffersAuth)
            return (Reply.BadSequence("AUTH is not offered"), null);
        if (context.IsAuthenticated)
            return (Reply.BadSequence("Already authenticated"), null);
        if (context.Transaction is not null)
            return (Reply.BadSequence("AUTH is not allowed in a transaction"), null);
        if (parts.Length is 0 or > 2)
            return (Reply.SyntaxError("Syntax: AUTH mechanism [response]"), null);
        var offered = context.Options.OfferedMechanisms.Contains(mechanism, StringComparer.OrdinalIgnoreCase);
        if (!offered || SaslExchange.Create(mechanism, context.Server.Credentials) is not { } exchange)
            return (new(504, "5.5.4", "Mechanism not supported"), null);
        if (parts.Length == 1)
            return (ReplyTo(exchange.First ?? SaslResult.Ask("")), exchange);
        if (!exchange.AllowsInitialResponse)
            return (Reply.SyntaxError($"{mechanism} takes no initial response"), null);
        // "=" stands for an initial response that is empty (RFC 4954, section 4).
        var bytes = parts[1] == "=" ? [] : Decode(parts[1]);
        return (bytes is null ? InvalidBase64 : Continue(exchange, bytes), exchange);
    }

    private static Reply Continue(SaslExchange? exchange, byte[] response) => ReplyTo(exchange?.Respond(response) ?? SaslResult.Failure);

    private static Reply ReplyTo(SaslResult result) => result.State switch
    {
        SaslState.Challenge => new(334, null, Convert.ToBase64String(result.Challenge)),
        SaslState.Success => new(235, "2.7.0", "Authentication successful"),
        SaslState.Malformed => new(501, "5.5.2", "Malformed authentication response"),
        _ => new(535, "5.7.8", "Authentication credentials invalid"),
    };

    private static byte[]? Decode(string text)
    {
        // The decoder skips spaces, but they are not valid base64 here.
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        return !text.Contains(' ', StringComparison.Ordinal) && Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes[..length]
            : null;
    }
}
