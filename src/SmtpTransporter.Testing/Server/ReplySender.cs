using System.Net.Sockets;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>
/// Sends replies, plays the rules of the script in place of them, and ends the connection. Every reply that the script may replace goes
/// through <see cref="AnswerAsync"/>. Used by one task.
/// </summary>
internal sealed class ReplySender(ServerState server, SmtpTestSession session, Wire wire)
{
    /// <summary>The result of <see cref="AnswerAsync"/> if the connection ended instead; no reply has this code.</summary>
    public const int NoReply = -1;

    /// <summary>Whether nothing more is read from the connection.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Sends the reply, or plays the rule that replaces it.</summary>
    /// <returns>
    /// The code that was sent, scripted or not; 0 if the reply did not begin with one, <see cref="NoReply"/> if the connection has ended.
    /// </returns>
    public async Task<int> AnswerAsync(SmtpStep? step, Reply normal, string line, Transaction? transaction = null)
    {
        if (step is { } at && server.Script.Take(at, line, transaction) is { } rule)
            return await PlayAsync(rule, normal).ConfigureAwait(false);
        return Send(normal);
    }

    public async Task<int> PlayAsync(SmtpRule rule, Reply? normal)
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
                var bytes = action.Bytes ?? normal?.Format(server.Options.EnhancedStatusCodes) ?? [];
                Record(bytes);
                await wire.DripAsync(bytes, action.Interval).ConfigureAwait(false);
                return Reply.CodeOf(bytes);
            case ScriptVerb.Close:
                return await CloseAsync().ConfigureAwait(false);
            case ScriptVerb.Reset:
                await wire.FlushAsync().ConfigureAwait(false);
                EndSession();
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

    public int Send(Reply reply) => SendBytes(reply.Format(server.Options.EnhancedStatusCodes));

    /// <summary>Reads and ignores everything until the client closes the connection.</summary>
    public async Task<int> HangAsync()
    {
        await wire.FlushAsync().ConfigureAwait(false);
        await wire.DiscardAsync().ConfigureAwait(false);
        HasEnded = true;
        return NoReply;
    }

    public async Task<int> CloseAsync(bool closeNotify = true)
    {
        if (HasEnded)
            return NoReply;
        try
        {
            await wire.FinishAsync(closeNotify).ConfigureAwait(false);
            EndSession();
            await wire.LingerAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client closed the connection first, or takes too long.
        }
        EndSession();
        return NoReply;
    }

    /// <summary>Nothing more can be read; the session is still open until its connection is disposed.</summary>
    public void StopReading() => HasEnded = true;

    /// <summary>Ends the session, so that a test that waits for its end goes on.</summary>
    public void EndSession()
    {
        HasEnded = true;
        if (session.IsOpen)
            server.EndSession(session);
    }

    public void RecordFailure(Exception exception) => session.AddServer($"<closed: {exception.GetType().Name}: {exception.Message}>");

    private bool TryCallBack(Action<SmtpTestSession> callback)
    {
        try
        {
            callback(session);
            return true;
        }
#pragma warning disable CA1031 // A callback may throw anything, and no caller could catch it: the test finds it in the transcript.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            RecordFailure(exception);
            return false;
        }
    }

    private int SendBytes(byte[] bytes)
    {
        Record(bytes);
        wire.Write(bytes);
        return Reply.CodeOf(bytes);
    }

    private void Record(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        foreach (var line in (text.EndsWith('\n') ? text[..^1] : text).Split('\n'))
            session.AddServer(line.TrimEnd('\r'));
    }
}
