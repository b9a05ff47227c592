namespace SmtpTransport.Testing;

/// <summary>
/// The server's side of one connection: greeting, commands, end. What a command changes depends on the reply that was sent, not on the one
/// that the script replaced. Used by one task.
/// </summary>
internal sealed class Conversation
{
    private readonly ConversationContext _context;
    private readonly TlsHandler _tls;
    private readonly AuthenticationHandler _authentication;
    private readonly EnvelopeHandler _envelope;
    private readonly MessageHandler _message;
    private bool _isRefused;

    public Conversation(ServerState server, SmtpTestSession session, Wire wire)
    {
        _context = new ConversationContext(server, session, wire);
        _tls = new TlsHandler(_context);
        _authentication = new AuthenticationHandler(_context);
        _envelope = new EnvelopeHandler(_context);
        _message = new MessageHandler(_context);
    }

    private ReplySender Replies => _context.Replies;

    private SmtpTestServerOptions Options => _context.Options;

    public async Task RunAsync()
    {
        try
        {
            await ServeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client closed the connection, or the server was disposed: there is nothing to report.
        }
#pragma warning disable CA1031 // No caller could catch it: the test finds it in the transcript.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Replies.RecordFailure(exception);
        }
        finally
        {
            _context.Wire.Dispose();
            Replies.EndSession();
        }
    }

    private async Task ServeAsync()
    {
        if (Options.Tls == SmtpTestTlsMode.Implicit && !await _tls.SecureAsync().ConfigureAwait(false))
            return;
        var greeting = new Reply(220, null, $"{Options.HostName} ESMTP ready");
        _isRefused = await Replies.AnswerAsync(SmtpStep.Connect, greeting, "").ConfigureAwait(false) is < 200 or > 299;
        while (!Replies.HasEnded)
        {
            var line = await _context.Wire.ReadLineAsync().ConfigureAwait(false);
            if (line.State == LineState.EndOfStream)
                return;
            if (line.State == LineState.Complete)
                await ExecuteAsync(line).ConfigureAwait(false);
            else
                await RefuseAsync(line.State).ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(LineState state)
    {
        _context.Session.AddCommand($"<{state}>");
        Replies.Send(Reply.ToInvalidLine(state));
        // What follows a bare LF may be a command that the client never meant to send, so none of it is read.
        if (state == LineState.BareLineFeed)
            await Replies.CloseAsync().ConfigureAwait(false);
    }

    private Task ExecuteAsync(CommandLine line)
    {
        var verb = line.Verb.ToUpperInvariant();
        _context.Commands.Record(verb, line);
        if (_isRefused && verb != "QUIT")
            return Replies.AnswerAsync(GreetingStep(verb), Reply.BadSequence("No SMTP service here"), line.Text);
        return verb switch
        {
            "EHLO" => GreetAsync(SmtpStep.Ehlo, line),
            "HELO" => GreetAsync(SmtpStep.Helo, line),
            "STARTTLS" => _tls.StartTlsAsync(line),
            "AUTH" => _authentication.AuthenticateAsync(line),
            "MAIL" => _envelope.MailAsync(line),
            "RCPT" => _envelope.RecipientAsync(line),
            "DATA" => _message.DataAsync(line),
            "BDAT" => _message.ChunkAsync(line),
            "RSET" => ResetTransactionAsync(line),
            "NOOP" => Replies.AnswerAsync(SmtpStep.NoOp, new(250, "2.0.0", "Ok"), line.Text),
            "VRFY" => Replies.AnswerAsync(SmtpStep.Vrfy, line.Arguments.Length > 0
                ? new(252, "2.1.5", "Cannot verify the user, but will accept the message")
                : Reply.SyntaxError("VRFY needs a name"), line.Text),
            "QUIT" => QuitAsync(line),
            _ => Replies.AnswerAsync(null, verb is "EXPN" or "HELP" or "TURN" or "ETRN"
                ? new(502, "5.5.1", "Command not implemented")
                : new(500, "5.5.1", "Command not recognized"), line.Text),
        };
    }

    private static SmtpStep? GreetingStep(string verb) => verb switch
    {
        "EHLO" => SmtpStep.Ehlo,
        "HELO" => SmtpStep.Helo,
        _ => null,
    };

    private async Task GreetAsync(SmtpStep step, CommandLine line)
    {
        var reply = line.Arguments.Length == 0 || line.Arguments.Contains(' ', StringComparison.Ordinal)
            ? new Reply(501, null, $"Syntax: {line.Verb.ToUpperInvariant()} hostname")
            : new Reply(250, null, Options.HostName, step == SmtpStep.Ehlo && GetExtensions() is { Count: > 0 } more ? more : null);
        if (await Replies.AnswerAsync(step, reply, line.Text).ConfigureAwait(false) is >= 200 and <= 299)
            _context.Greet(extended: step == SmtpStep.Ehlo);
    }

    private List<string> GetExtensions()
    {
        var extensions = new List<string>();
        Add(Options.Pipelining, "PIPELINING");
        Add(Options.SizeLimit is not null, FormattableString.Invariant($"SIZE {Options.SizeLimit}"));
        Add(Options.EightBitMime, "8BITMIME");
        Add(Options.SmtpUtf8, "SMTPUTF8");
        Add(Options.Chunking, "CHUNKING");
        Add(Options.Dsn, "DSN");
        Add(_context.OffersRequireTls, "REQUIRETLS");
        Add(Options.EnhancedStatusCodes, "ENHANCEDSTATUSCODES");
        Add(_context.OffersStartTls, "STARTTLS");
        Add(_context.OffersAuth, "AUTH " + string.Join(' ', Options.OfferedMechanisms));
        return extensions;

        void Add(bool offered, string extension)
        {
            if (offered)
                extensions.Add(extension);
        }
    }

    private async Task ResetTransactionAsync(CommandLine line)
    {
        var reply = line.Arguments.Length > 0 ? Reply.SyntaxError("RSET takes no argument") : new Reply(250, "2.0.0", "Ok");
        if (await Replies.AnswerAsync(SmtpStep.Rset, reply, line.Text).ConfigureAwait(false) is >= 200 and <= 299)
            _context.Transaction = null;
    }

    private async Task QuitAsync(CommandLine line)
    {
        if (line.Arguments.Length > 0)
        {
            await Replies.AnswerAsync(SmtpStep.Quit, Reply.SyntaxError("QUIT takes no argument"), line.Text).ConfigureAwait(false);
            return;
        }
        _context.Session.EndedWithQuit = true;
        await Replies.AnswerAsync(SmtpStep.Quit, new(221, "2.0.0", "Bye"), line.Text).ConfigureAwait(false);
        await Replies.CloseAsync().ConfigureAwait(false);
    }
}
