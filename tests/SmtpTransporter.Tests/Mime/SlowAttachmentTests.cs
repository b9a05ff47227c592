using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Attachments on streams that take their time: an asynchronous send holds no thread while it waits for them.</summary>
public sealed class SlowAttachmentTests : SocketTest
{
    private static Email NewMail(Stream contents)
    {
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(contents, "slow.bin"));
        return email;
    }

    private static byte[] Attached(ReceivedMessage message)
    {
        using var content = new MemoryStream();
        message.Message.Attachments.OfType<MimeKit.MimePart>().Single().Content!.DecodeTo(content, Cancellation);
        return content.ToArray();
    }

    [Fact]
    public async Task SendAsync_returns_to_its_caller_while_an_attachment_is_being_read()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        // On a connection that is already open, all steps up to the attachment run on the caller's thread.
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
        using var contents = new GatedStream(new byte[1000]);

        var caller = Environment.CurrentManagedThreadId;
        var send = transporter.SendAsync(NewMail(contents), Cancellation);

        Assert.Equal(caller, contents.ReaderThread);
        Assert.False(send.IsCompleted);
        contents.Open();
        AssertAccepted(await send);
        Assert.Equal(contents.Bytes, Attached(server.Messages[1]));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(200_000)]
    [InlineData(3_000_000)]
    public async Task SendAsync_reads_attachments_of_any_size_asynchronously(int length)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var bytes = new byte[length];
        new Random(7).NextBytes(bytes);
        using var contents = new GatedStream(bytes);

        var send = transporter.SendAsync(NewMail(contents), Cancellation);
        await contents.ReadBegan;
        contents.Open();

        AssertAccepted(await send);
        Assert.Equal(bytes, Attached(server.Messages.Single()));
    }

    [Fact]
    public async Task Canceling_SendAsync_ends_the_read_of_an_attachment()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var contents = new GatedStream(new byte[1000]);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        var send = transporter.SendAsync(NewMail(contents), cancel.Token);
        await contents.ReadBegan;
        await cancel.CancelAsync();

        var canceled = await Assert.ThrowsAsync<SendCanceledException>(() => send);
        Assert.Equal(Outcome.NotSent, canceled.Result.Outcome);
        Assert.Empty(server.Messages);
    }

    /// <summary>A stream that can be read only asynchronously, and only once its gate is open.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public GatedStream(byte[] bytes)
            : base(bytes, writable: false) =>
            Bytes = bytes;

        public byte[] Bytes { get; }

        public Task ReadBegan => _began.Task;

        public int? ReaderThread { get; private set; }

        public void Open() => _gate.TrySetResult();

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("The stream was read synchronously.");

        public override int Read(Span<byte> buffer) => throw new InvalidOperationException("The stream was read synchronously.");

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            ReaderThread ??= Environment.CurrentManagedThreadId;
            _began.TrySetResult();
            await _gate.Task.WaitAsync(cancellationToken);
            var read = (int)Math.Min(buffer.Length, Length - Position);
            Bytes.AsMemory((int)Position, read).CopyTo(buffer);
            Position += read;
            return read;
        }
    }
}
