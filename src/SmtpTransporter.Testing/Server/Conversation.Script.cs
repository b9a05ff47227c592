using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Testing;

internal sealed partial class Conversation
{
    /// <summary>What <c>AnswerAsync</c> returns when the connection has ended instead; no reply has this code.</summary>
    private const int NoReply = -1;

    private bool _mayBeSecret;

    /// <summary>Sends the reply, or plays the rule that stands in its place.</summary>
    /// <returns>The code that was sent, scripted or not; 0 if it was no code, <see cref="NoReply"/> if the connection has ended.</returns>
    private async Task<int> AnswerAsync(SmtpStep? step, Reply normal, string line, Transaction? transaction = null)
    {
        if (step is { } at && server.Script.Take(at, line, transaction) is { } rule)
            return await PlayAsync(rule, normal).ConfigureAwait(false);
        return Send(normal);
    }

    private async Task<int> PlayAsync(SmtpRule rule, Reply? normal)
    {
        var action = rule.Action;
        rule.Hit();
        switch (action.Verb)
        {
            case ScriptVerb.Reply:
                return SendBytes(action.Bytes!);
            case ScriptVerb.ReplyAndClose:
            case ScriptVerb.CutOff:
                SendBytes(action.Bytes!);
                return await CloseAsync(closeNotify: action.Verb != ScriptVerb.CutOff).ConfigureAwait(false);
            case ScriptVerb.Hang:
                return await HangAsync().ConfigureAwait(false);
            case ScriptVerb.Drip:
                var bytes = action.Bytes ?? normal?.Format(_options.EnhancedStatusCodes) ?? [];
                LogReply(bytes);
                await wire.DripAsync(bytes, action.Interval).ConfigureAwait(false);
                return Reply.CodeOf(bytes);
            case ScriptVerb.Close:
                return await CloseAsync().ConfigureAwait(false);
            case ScriptVerb.Reset:
                await wire.FlushAsync().ConfigureAwait(false);
                MarkEnded();
                wire.Reset();
                return NoReply;
            case ScriptVerb.WaitFor:
                await wire.FlushAsync().ConfigureAwait(false);
                await action.Gate!.WaitAsync(server.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                server.Stop.ThrowIfCancellationRequested();
                break;
            case ScriptVerb.Do:
                if (!TryCallBack(action.Callback!))
                    return await CloseAsync().ConfigureAwait(false);
                break;
        }

        return normal is { } reply ? Send(reply) : 0;
    }

    private bool TryCallBack(Action<SmtpTestSession> callback)
    {
        try
        {
            callback(session);
            return true;
        }
#pragma warning disable CA1031 // A callback may throw anything, and there is nobody to throw to: a test reads of it here.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogFailure(e);
            return false;
        }
    }

    private void LogFailure(Exception e) => session.AddServer($"<closed: {e.GetType().Name}: {e.Message}>");

    private int Send(Reply reply) => SendBytes(reply.Format(_options.EnhancedStatusCodes));

    private int SendBytes(byte[] bytes)
    {
        LogReply(bytes);
        wire.Write(bytes);
        return Reply.CodeOf(bytes);
    }

    private void LogReply(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        foreach (var line in (text.EndsWith('\n') ? text[..^1] : text).Split('\n'))
            session.AddServer(line.TrimEnd('\r'));
    }

    /// <summary>Writes the command down without what may be a secret.</summary>
    private void Record(string verb, CommandLine line)
    {
        // Blanks where none should be make it no command, and still a secret.
        var parts = line.Text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > 0 && parts[0].Equals("AUTH", StringComparison.OrdinalIgnoreCase))
        {
            session.AddCommand(parts.Length > 2 ? $"{parts[0]} {parts[1]} ***" : line.Text);
            _mayBeSecret = true;
            return;
        }

        // A client that was refused in the middle of a login may still send the rest of it, and that is no command.
        var known = verb is "EHLO" or "HELO" or "STARTTLS" or "MAIL" or "RCPT" or "DATA" or "BDAT" or "RSET" or "NOOP" or "VRFY" or "QUIT"
            or "EXPN" or "HELP";
        session.AddCommand(known || !_mayBeSecret ? line.Text : "***");
        _mayBeSecret &= !known;
    }

    private async Task<int> HangAsync()
    {
        await wire.FlushAsync().ConfigureAwait(false);
        await wire.DiscardAsync().ConfigureAwait(false);
        _ended = true;
        return NoReply;
    }

    private async Task<int> CloseAsync(bool closeNotify = true)
    {
        if (_ended)
            return NoReply;

        try
        {
            await wire.FinishAsync(closeNotify).ConfigureAwait(false);
            MarkEnded();
            await wire.LingerAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client was faster, or takes too long.
        }

        MarkEnded();
        return NoReply;
    }

    private void MarkEnded()
    {
        _ended = true;
        if (!session.IsOpen)
            return;
        server.EndSession(session);
    }
}
