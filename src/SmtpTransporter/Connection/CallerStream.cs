namespace SmtpTransport;

/// <summary>
/// A wire that is a stream of the caller, of which only its asynchronous reads and writes are used: one read is always ahead, so that
/// input can be seen without waiting, and each wait ends with the deadline whatever the stream does.
/// </summary>
internal sealed class CallerStream(Stream stream) : WireStream
{
    private const int Size = 16 * 1024;

    private readonly byte[] _input = new byte[Size];
    private readonly byte[] _output = new byte[Size];
    private Task<int>? _reading;
    private int _start;
    private int _end;
    private bool _isWriteLeft;
    private int _isAborted;

    public override bool HidesWhatWasTaken => true;

    public override bool IsQuiet => _start == _end && !Reading.IsCompleted;

    private Task<int> Reading => _reading ??= BeginReading();

    public override int Read(Span<byte> buffer)
    {
        BeginRead();
        if (_start == _end)
            _end = Wait(Reading);
        return Take(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BeginRead();
        if (_start == _end)
            _end = await WaitAsync(Reading).ConfigureAwait(false);
        return Take(buffer.Span);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, Size);
            var writing = BeginWrite(buffer[..count]);
            if (StopsForInput && !writing.IsCompleted && _start == _end)
            {
                WaitAny(writing, Reading);
                ThrowIfAnswered(writing);
            }
            Wait(writing);
            _isWriteLeft = false;
            buffer = buffer[count..];
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var count = Math.Min(buffer.Length, Size);
            var writing = BeginWrite(buffer.Span[..count]);
            if (StopsForInput && !writing.IsCompleted && _start == _end)
            {
                await Task.WhenAny(writing, Reading).WaitAsync(Deadline?.Token ?? default).ConfigureAwait(false);
                ThrowIfAnswered(writing);
            }
            await WaitAsync(writing).ConfigureAwait(false);
            _isWriteLeft = false;
            buffer = buffer[count..];
        }
    }

    // The caller's stream may block as it closes, and neither a send nor who cancels it waits for that.
    protected override void Abort()
    {
        if (Interlocked.Exchange(ref _isAborted, 1) == 0)
            Observe(Task.Run(stream.Dispose));
    }

    // A stream that blocks must not hold the send, and one that comes back to the caller's context must not find it waiting.
    private static Task<int> Run(Func<Task<int>> work)
    {
        var task = Task.Run(work);
        Observe(task);
        return task;
    }

    /// <summary>Nobody may be left to see the exception: that of a read ahead, or of a write that was given up.</summary>
    private static void Observe(Task task) => _ = task.ContinueWith(
        static t => _ = t.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static IOException Failed(Exception exception) => new($"The stream of ConnectCallback failed: {exception.Message}", exception);

    private Task<int> BeginReading() => Run(async () => await stream.ReadAsync(_input).ConfigureAwait(false));

    private void BeginRead()
    {
        Deadline?.ThrowIfOver();
        ThrowIfItWouldWait();
    }

    /// <summary>
    /// Gives of what was read, and begins the next read after the last of it, so that an idle connection hears of its end.
    /// At the end the read stays completed.
    /// </summary>
    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _end - _start);
        _input.AsSpan(_start, count).CopyTo(buffer);
        Keep(buffer[..count]);
        _start += count;
        if (_start == _end && _end > 0)
        {
            (_start, _end) = (0, 0);
            _reading = BeginReading();
        }
        return count;
    }

    /// <summary>Writes from memory of its own: the stream may go on with a write for which nobody waits.</summary>
    private Task<int> BeginWrite(ReadOnlySpan<byte> bytes)
    {
        Deadline?.ThrowIfOver();
        if (_isWriteLeft)
            throw InputInstead();
        // Of a write that fails, the stream may have passed on all.
        Written += bytes.Length;
        bytes.CopyTo(_output);
        _isWriteLeft = true;
        var chunk = _output.AsMemory(0, bytes.Length);
        return Run(async () =>
        {
            await stream.WriteAsync(chunk).ConfigureAwait(false);
            await stream.FlushAsync().ConfigureAwait(false);
            return chunk.Length;
        });
    }

    private void ThrowIfAnswered(Task<int> writing)
    {
        if (!writing.IsCompleted && Reading.IsCompleted)
            throw InputInstead();
    }

    private int Wait(Task<int> task)
    {
        WaitAny(task);
        try
        {
            return task.GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is not (IOException or OutOfMemoryException))
        {
            throw Failed(exception);
        }
    }

    private void WaitAny(params Task[] tasks)
    {
        if (Task.WaitAny(tasks, Deadline?.RemainingMilliseconds ?? Timeout.Infinite, Deadline?.Token ?? default) < 0)
            throw new TimeoutException("The time limit has passed.");
    }

    private async ValueTask<int> WaitAsync(Task<int> task)
    {
        try
        {
            return await task.WaitAsync(Deadline?.Token ?? default).ConfigureAwait(false);
        }
        catch (Exception exception) when (task.IsCompleted && exception is not (IOException or OutOfMemoryException))
        {
            throw Failed(exception);
        }
    }
}
