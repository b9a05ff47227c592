using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what the client does if the server answers while a message is being written.</summary>
public sealed class BodyWatchTests
{
    private const int Piece = BodyWatch.Piece;

    public static TheoryData<bool> SyncAndAsync => [false, true];

    [Theory]
    [InlineData(451, false)]
    [InlineData(552, true)]
    [InlineData(421, true)]
    public async Task A_refusal_in_the_middle_of_a_message_is_thrown_before_the_next_octet(int code, bool async)
    {
        var wire = new FakeWire { Answer = $"{code} 4.4.2 Enough\r\n", AfterOctets = 2 * Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async);

        var refused = await Assert.ThrowsAsync<ServerRefusedException>(async () => await watch.WriteAsync(new byte[10 * Piece]));

        Assert.Equal((code, "4.4.2 Enough"), (refused.Reply.Code, refused.Reply.Text));
        Assert.Equal(2 * Piece, wire.Written);
        Assert.True(watch.IsInterrupted);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_positive_reply_in_the_middle_of_a_message_is_a_violation(bool async)
    {
        var wire = new FakeWire { Answer = "250 2.0.0 Ok: queued\r\n", AfterOctets = Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async);

        await Assert.ThrowsAsync<SessionBrokenException>(async () => await watch.WriteAsync(new byte[10 * Piece]));

        Assert.Equal(Piece, wire.Written);
        Assert.True(watch.IsInterrupted);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_end_of_the_connection_in_the_middle_of_a_message_is_seen(bool async)
    {
        var wire = new FakeWire { Answer = "", AfterOctets = Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async);

        var broken = await Assert.ThrowsAsync<SessionBrokenException>(async () => await watch.WriteAsync(new byte[10 * Piece]));

        Assert.True(broken.ClosedByServer);
        Assert.Equal(Piece, wire.Written);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_reply_to_an_earlier_chunk_is_no_interruption(bool async)
    {
        var wire = new FakeWire { Answer = "250 2.0.0 Chunk received\r\n", AfterOctets = Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async) { Unanswered = 1 };

        await watch.WriteAsync(new byte[10 * Piece]);

        Assert.Equal((10 * Piece, 0, false), (wire.Written, watch.Unanswered, watch.IsInterrupted));
    }

    [Theory]
    [InlineData("554 5.3.4 No more\r\n", true)]
    [InlineData("250 2.0.0 Chunk received\r\n451 4.3.0 Later\r\n", false)]
    public async Task A_refusal_behind_or_instead_of_the_reply_to_an_earlier_chunk_interrupts(string answer, bool async)
    {
        var wire = new FakeWire { Answer = answer, AfterOctets = Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async) { Unanswered = 1 };

        await Assert.ThrowsAsync<ServerRefusedException>(async () => await watch.WriteAsync(new byte[10 * Piece]));

        Assert.Equal(Piece, wire.Written);
        Assert.True(watch.IsInterrupted);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task What_came_without_data_is_passed_over(bool async)
    {
        // As a record of TLS that is not for the application.
        var wire = new FakeWire { Answer = null, AfterOctets = Piece };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async);

        await watch.WriteAsync(new byte[3 * Piece]);

        Assert.Equal(3 * Piece, wire.Written);
        Assert.Equal(2, wire.Probes);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task What_goes_out_at_once_is_not_watched(bool async)
    {
        var wire = new FakeWire { Answer = "451 4.4.2 Enough\r\n", AfterOctets = 0 };
        var watch = new BodyWatch(new SmtpChannel(wire, null, wire), async);

        await watch.WriteAsync(new byte[Piece]);

        Assert.Equal((Piece, 0), (wire.Written, wire.Probes));
    }

    /// <summary>A connection whose other end answers after so many octets.</summary>
    private sealed class FakeWire : Stream, IWireProbe
    {
        private int _read;

        /// <summary>What is answered; "" for the end of the connection, null for what has no data.</summary>
        public string? Answer { get; init; }

        public int AfterOctets { get; init; }

        public long Written { get; private set; }

        public int Probes { get; private set; }

        public bool IsQuiet => Written < AfterOctets || (Answer is { Length: > 0 } && _read == Answer.Length);

        public bool HidesWhatWasTaken => false;

        public bool CountsPieces { get; set; }

        public bool NeverWaits { get; set; }

        public bool StopsForInput { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (NeverWaits)
                Probes++;
            if (Answer is null)
                throw new NothingToReadException();
            var length = Math.Min(count, Answer.Length - _read);
            Encoding.ASCII.GetBytes(Answer, _read, length, buffer, offset);
            _read += length;
            return length;
        }

        public override int Read(Span<byte> buffer)
        {
            var bytes = new byte[buffer.Length];
            var read = Read(bytes, 0, bytes.Length);
            bytes.AsSpan(0, read).CopyTo(buffer);
            return read;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override void Write(ReadOnlySpan<byte> buffer) => Written += buffer.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
