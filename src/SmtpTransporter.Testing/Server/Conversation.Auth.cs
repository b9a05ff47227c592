using System.Text;

namespace SmtpTransport.Testing;

/// <summary>AUTH (RFC 4954).</summary>
internal sealed partial class Conversation
{
    private static readonly Reply Undecodable = new(501, "5.5.2", "That is no base64");

    private bool _authenticated;

    private bool OffersAuth => _options.OfferedMechanisms.Count > 0
        && (session.IsSecure || _options.Tls == SmtpTestTlsMode.None || _options.OfferAuthWithoutTls);

    private async Task AuthenticateAsync(CommandLine line)
    {
        var parts = line.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var mechanism = parts.Length > 0 ? parts[0].ToUpperInvariant() : "";
        session.AuthAttempts++;
        session.AuthMechanism = mechanism;

        var (reply, exchange) = BeginExchange(mechanism, parts);
        var code = await AnswerAsync(SmtpStep.Auth, reply, line.Text).ConfigureAwait(false);
        while (code == 334)
        {
            // A scripted 334 where the exchange was over, or never began: whatever the client says to it is wrong.
            if (reply.Code != 334)
                exchange = null;

            var response = await wire.ReadLineAsync(sasl: true).ConfigureAwait(false);
            if (response.State == LineState.EndOfStream)
            {
                _ended = true;
                return;
            }

            session.AddClient("***");
            if (response is { State: LineState.Complete, Text: "*" })
            {
                Send(new(501, "5.7.0", "Authentication cancelled"));
                return;
            }

            reply = response.State switch
            {
                LineState.TooLong => new(500, "5.5.6", "Line too long"),
                LineState.Complete => Decode(response.Text) is { } bytes ? Continue(exchange, bytes) : Undecodable,
                _ => Refusal(response.State),
            };
            code = await AnswerAsync(SmtpStep.AuthResponse, reply, line.Text).ConfigureAwait(false);
            if (response.State == LineState.BareLineFeed)
                await CloseAsync().ConfigureAwait(false);
        }

        if (code != 235)
            return;

        _authenticated = true;
        _mayBeSecret = false;
        session.AuthenticatedUser = reply.Code == 235 ? exchange?.User : null;
    }

    private (Reply Reply, SaslExchange? Exchange) BeginExchange(string mechanism, string[] parts)
    {
        if (!_extended)
            return (new(503, "5.5.1", "Send EHLO first"), null);
        if (!OffersAuth)
            return (new(503, "5.5.1", "AUTH is not offered"), null);
        if (_authenticated)
            return (new(503, "5.5.1", "You are logged in already"), null);
        if (_transaction is not null)
            return (new(503, "5.5.1", "AUTH must not come in a transaction"), null);
        if (parts.Length is 0 or > 2)
            return (SyntaxError("Syntax: AUTH mechanism [response]"), null);

        var offered = _options.OfferedMechanisms.Contains(mechanism, StringComparer.OrdinalIgnoreCase);
        if (!offered || SaslExchange.Create(mechanism, server.Credentials) is not { } exchange)
            return (new(504, "5.5.4", "Mechanism not supported"), null);

        if (parts.Length == 1)
            return (ReplyTo(exchange.First ?? SaslResult.Ask("")), exchange);
        if (!exchange.AllowsInitialResponse)
            return (SyntaxError($"{mechanism} takes no initial response"), null);

        // "=" stands for a response that is there and empty.
        var bytes = parts[1] == "=" ? [] : Decode(parts[1]);
        return (bytes is null ? Undecodable : Continue(exchange, bytes), exchange);
    }

    private static Reply Continue(SaslExchange? exchange, byte[] response) => ReplyTo(exchange?.Respond(response) ?? SaslResult.Failure);

    private static Reply ReplyTo(SaslResult result) => result.State switch
    {
        SaslState.Challenge => new(334, null, Convert.ToBase64String(result.Challenge)),
        SaslState.Success => new(235, "2.7.0", "Authentication successful"),
        SaslState.Malformed => new(501, "5.5.2", "The response makes no sense"),
        _ => new(535, "5.7.8", "Authentication credentials invalid"),
    };

    private static byte[]? Decode(string text)
    {
        // Blanks are skipped by the decoder, but are no base64 here.
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        return !text.Contains(' ', StringComparison.Ordinal) && Convert.TryFromBase64String(text, bytes, out var length)
            ? bytes[..length]
            : null;
    }
}
