using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SmtpTransport;

/// <summary>
/// Sends a sequence of emails of any length in constant memory: as many at once as keep the connections busy, the next only when a result
/// has been consumed. Every email that was started gets its result, whatever ends the sequence.
/// </summary>
internal sealed class BulkSender(Func<Email, CancellationToken, Task<SendResult>> send, int together, TimeProvider time)
{
    private readonly Channel<SendManyResult> _done = Channel.CreateUnbounded<SendManyResult>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly long _start = time.GetTimestamp();
    private int _running;
    private long _sent;
    private long _failed;

    public async IAsyncEnumerable<SendManyResult> RunAsync(
        IAsyncEnumerable<Email> emails, long? total, IProgress<SendProgress>? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = emails.GetAsyncEnumerator(cancellationToken);
        Exception? end = null;
        long index = 0;
        try
        {
            for (var more = true; more || _running > 0;)
            {
                while (more && _running < together)
                {
                    try
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        more = await source.MoveNextAsync().ConfigureAwait(false);
                        if (more)
                            Begin(
                                source.Current ?? throw new ArgumentException($"The email at index {index} is null.", nameof(emails)),
                                index++, cancellationToken);
                    }
#pragma warning disable CA1031 // Thrown at the end: sends in progress return their results first.
                    catch (Exception exception)
#pragma warning restore CA1031
                    {
                        (more, end) = (false, exception);
                    }
                    // Results that are ready are returned before the next email is read.
                    if (_done.Reader.TryPeek(out _))
                        break;
                }
                if (_running == 0)
                    break;
                var item = await _done.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                Count(item, total, progress);
                yield return item;
            }
        }
        finally
        {
            // The caller left the loop: sends in progress are still completed.
            for (; _running > 0; _running--)
                await _done.Reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
        }
        if (end is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(end);
    }

    private void Begin(Email email, long index, CancellationToken cancellationToken)
    {
        _running++;
        _ = SendAsync();

        async Task SendAsync()
        {
            SendResult result;
            try
            {
                result = await send(email, cancellationToken).ConfigureAwait(false);
            }
            catch (SendCanceledException exception)
            {
                result = exception.Result;
            }
#pragma warning disable CA1031 // Disposed, or canceled before it was started: it was not sent.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                result = new SendResult(Outcome.NotSent, 0, SendResult.FailedText)
                {
                    Errors = [new SmtpError(SmtpErrorCodes.Disposed, exception.Message, "conf")],
                    FailedStep = SendStep.Prepare,
                    Sent = email,
                };
            }
            _done.Writer.TryWrite(new SendManyResult(index, result));
        }
    }

    private void Count(SendManyResult item, long? total, IProgress<SendProgress>? progress)
    {
        _running--;
        if (item.Result.Success)
            _sent++;
        else
            _failed++;
        progress?.Report(new SendProgress { Sent = _sent, Failed = _failed, Total = total, Elapsed = time.GetElapsedTime(_start) });
    }
}
