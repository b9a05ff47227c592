using System.Security.Authentication;

namespace SmtpTransport.Testing;

/// <summary>
/// The server's side of one connection: greeting, commands, end. Every reply goes through <c>AnswerAsync</c>, where the script may put
/// another one in its place; what a command changes depends on the reply that was sent, not on the one that was meant.
/// </summary>
internal sealed partial class Conversation(ServerState server, SmtpTestSession session, Wire wire)
{
    private readonly SmtpTestServerOptions _options = server.Options;
    private bool _refused;
    private bool _greeted;
    private bool _extended;
    private bool _ended;
    private Transaction? _transaction;

    public async Task RunAsync()
    {
        try
        {
            await TalkAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away, or the server was disposed: nothing that anyone has to be told.
        }
#pragma warning disable CA1031 // There is nobody to throw to; a test reads of it here.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailure(e);
        }
        finally
        {
            wire.Dispose();
            MarkEnded();
        }
    }

    private async Task TalkAsync()
    {
        if (_options.Tls == SmtpTestTlsMode.Implicit && !await SecureAsync().ConfigureAwait(false))
            return;

        var greeting = await AnswerAsync(SmtpStep.Connect, new(220, null, $"{_options.HostName} ESMTP ready"), "").ConfigureAwait(false);
        _refused = greeting is < 200 or > 299;
        while (!_ended)
        {
            var line = await wire.ReadLineAsync().ConfigureAwait(false);
            if (line.State == LineState.EndOfStream)
                return;
            if (line.State == LineState.Complete)
                await ObeyAsync(line).ConfigureAwait(false);
            else
                await RefuseAsync(line.State).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(LineState state)
    {
        session.AddCommand($"<{state}>");
        Send(Refusal(state));

        // What follows a bare LF may be a command that the client never meant to send, so none of it is read.
        if (state == LineState.BareLineFeed)
            await CloseAsync().ConfigureAwait(false);
    }

    private static Reply Refusal(LineState state) => new(500, "5.5.2", state switch
    {
        LineState.TooLong => "Line too long",
        LineState.BareLineFeed => "A line must end with CRLF",
        _ => "Control characters are not allowed",
    });

    private Task ObeyAsync(CommandLine line)
    {
        var verb = line.Verb.ToUpperInvariant();
        Record(verb, line);
        if (_refused && verb != "QUIT")
            return AnswerAsync(StepOf(verb), new(503, "5.5.1", "No service here"), line.Text);

        return verb switch
        {
            "EHLO" => GreetAsync(SmtpStep.Ehlo, line),
            "HELO" => GreetAsync(SmtpStep.Helo, line),
            "STARTTLS" => StartTlsAsync(line),
            "AUTH" => AuthenticateAsync(line),
            "MAIL" => MailAsync(line),
            "RCPT" => RecipientAsync(line),
            "DATA" => DataAsync(line),
            "BDAT" => ChunkAsync(line),
            "RSET" => ResetTransactionAsync(line),
            "NOOP" => AnswerAsync(SmtpStep.NoOp, new(250, "2.0.0", "Ok"), line.Text),
            "VRFY" => AnswerAsync(SmtpStep.Vrfy, line.Arguments.Length > 0
                ? new(252, "2.1.5", "Send some mail, and it will be seen")
                : SyntaxError("VRFY needs a name"), line.Text),
            "QUIT" => QuitAsync(line),
            _ => AnswerAsync(null, verb is "EXPN" or "HELP" or "TURN" or "ETRN"
                ? new(502, "5.5.1", "Command not implemented")
                : new(500, "5.5.1", "Command not recognized"), line.Text),
        };
    }

    private static SmtpStep? StepOf(string verb) => verb switch
    {
        "EHLO" => SmtpStep.Ehlo,
        "HELO" => SmtpStep.Helo,
        _ => null,
    };

    private async Task GreetAsync(SmtpStep step, CommandLine line)
    {
        var reply = line.Arguments.Length == 0 || line.Arguments.Contains(' ', StringComparison.Ordinal)
            ? new Reply(501, null, $"Syntax: {line.Verb.ToUpperInvariant()} hostname")
            : new Reply(250, null, _options.HostName, step == SmtpStep.Ehlo && Extensions() is { Count: > 0 } more ? more : null);
        var code = await AnswerAsync(step, reply, line.Text).ConfigureAwait(false);
        if (code is < 200 or > 299)
            return;

        _greeted = true;
        _extended = step == SmtpStep.Ehlo;
        _transaction = null;
    }

    private List<string> Extensions()
    {
        var extensions = new List<string>();
        Add(_options.Pipelining, "PIPELINING");
        Add(_options.SizeLimit is not null, FormattableString.Invariant($"SIZE {_options.SizeLimit}"));
        Add(_options.EightBitMime, "8BITMIME");
        Add(_options.SmtpUtf8, "SMTPUTF8");
        Add(_options.Chunking, "CHUNKING");
        Add(_options.Dsn, "DSN");
        Add(_options.EnhancedStatusCodes, "ENHANCEDSTATUSCODES");
        Add(OffersStartTls, "STARTTLS");
        Add(OffersAuth, "AUTH " + string.Join(' ', _options.OfferedMechanisms));
        return extensions;

        void Add(bool offered, string extension)
        {
            if (offered)
                extensions.Add(extension);
        }
    }

    private bool OffersStartTls => _options.Tls == SmtpTestTlsMode.StartTls && !session.IsSecure;

    private async Task StartTlsAsync(CommandLine line)
    {
        // Input that is already here was sent in clear by someone who did not wait for the reply, perhaps not by the client at all.
        if (wire.HasInput)
        {
            Send(new(501, "5.5.1", "Nothing may follow STARTTLS before its reply"));
            await CloseAsync().ConfigureAwait(false);
            return;
        }

        var reply = !OffersStartTls ? new Reply(503, "5.5.1", session.IsSecure ? "TLS is active already" : "STARTTLS is not offered")
            : line.Arguments.Length > 0 ? SyntaxError("STARTTLS takes no argument")
            : !_greeted ? new Reply(503, "5.5.1", "Send EHLO first")
            : new Reply(220, "2.0.0", "Ready to start TLS");
        var code = await AnswerAsync(SmtpStep.StartTls, reply, line.Text).ConfigureAwait(false);
        if (code == 220 && !session.IsSecure)
            _ended |= !await SecureAsync().ConfigureAwait(false);
    }

    /// <returns>False if the connection is of no use any more.</returns>
    private async Task<bool> SecureAsync()
    {
        TimeSpan? drip = null;
        if (server.Script.Take(SmtpStep.TlsHandshake, "") is { } rule)
        {
            if (rule.Action is { Verb: ScriptVerb.Drip, Bytes: null } action)
            {
                rule.Hit();
                drip = action.Interval;
            }
            else
            {
                await PlayAsync(rule, null).ConfigureAwait(false);
                if (!_ended && rule.Action.Bytes is not null)
                    await HangAsync().ConfigureAwait(false);
                if (_ended)
                    return false;
            }
        }

        try
        {
            var tls = await wire.UpgradeAsync(server.TlsOptions, drip).ConfigureAwait(false);
            session.TlsProtocol = tls.SslProtocol;
            session.ClientCertificate = ServerState.CopyOf(tls.RemoteCertificate);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            session.AddServer($"<TLS handshake failed: {e.Message}>");
            return false;
        }

        // Nothing that was said in clear counts (RFC 3207, 4.2).
        session.IsSecure = true;
        _greeted = _extended = _authenticated = false;
        session.AuthenticatedUser = null;
        _transaction = null;
        return true;
    }

    private async Task ResetTransactionAsync(CommandLine line)
    {
        var reply = line.Arguments.Length > 0 ? SyntaxError("RSET takes no argument") : new Reply(250, "2.0.0", "Ok");
        if (await AnswerAsync(SmtpStep.Rset, reply, line.Text).ConfigureAwait(false) is >= 200 and <= 299)
            _transaction = null;
    }

    private async Task QuitAsync(CommandLine line)
    {
        if (line.Arguments.Length > 0)
        {
            await AnswerAsync(SmtpStep.Quit, SyntaxError("QUIT takes no argument"), line.Text).ConfigureAwait(false);
            return;
        }

        session.EndedWithQuit = true;
        await AnswerAsync(SmtpStep.Quit, new(221, "2.0.0", "Bye"), line.Text).ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private static Reply SyntaxError(string text) => new(501, "5.5.4", text);
}
