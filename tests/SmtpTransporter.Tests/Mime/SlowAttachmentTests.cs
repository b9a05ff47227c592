using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Attachments from slow streams: an asynchronous send blocks no thread while it waits for them.</summary>
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

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_000_000)]
    public async Task SendAsync_copies_a_stream_that_cannot_seek_asynchronously(int length)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var bytes = new byte[length];
        new Random(8).NextBytes(bytes);
        using var contents = new GatedStream(bytes, canSeek: false);

        var send = transporter.SendAsync(NewMail(contents), Cancellation);

        Assert.Equal(Environment.CurrentManagedThreadId, contents.ReaderThread);
        Assert.False(send.IsCompleted);
        contents.Open();
        AssertAccepted(await send);
        Assert.Equal(bytes, Attached(server.Messages.Single()));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_000_000)]
    public async Task The_time_limit_ends_the_read_of_an_attachment(int length)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        var time = new FakeTimeProvider();
        var options = server.ToServerOptions();
        await using var transporter = new SmtpTransporter(options, time);
        using var contents = new GatedStream(new byte[length]);

        var send = transporter.SendAsync(NewMail(contents), Cancellation);
        await contents.ReadBegan;
        time.Advance(options.SendTimeout);
        var result = await send;

        Assert.Equal((Outcome.NotSent, true), (result.Outcome, result.IsTransient));
        Assert.Empty(server.Messages);
    }

    [Fact]
    public async Task SendAsync_reads_an_attached_message_asynchronously()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var contents = new GatedStream("Subject: inner\r\n\r\nText\r\n"u8.ToArray());
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(contents, "inner.eml", type: "message/rfc822"));

        var send = transporter.SendAsync(email, Cancellation);

        Assert.False(send.IsCompleted);
        contents.Open();
        AssertAccepted(await send);
        Assert.Equal("inner", server.Messages.Single().Message.BodyParts.OfType<MimeKit.MessagePart>().Single().Message!.Subject);
    }

    [Fact]
    public async Task The_emails_of_a_merge_wait_for_a_shared_attachment_without_blocking_a_thread()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var contents = new GatedStream(new byte[1000]);
        var emails = NewMail(contents).Merge(["ann@example.org", "bob@example.org"], (email, to) => email.To = to);

        var sends = emails.Select(email => transporter.SendAsync(email, Cancellation)).ToList();

        Assert.All(sends, send => Assert.False(send.IsCompleted));
        contents.Open();
        Assert.All(await Task.WhenAll(sends), AssertAccepted);
        Assert.All(server.Messages, message => Assert.Equal(contents.Bytes, Attached(message)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Canceling_SendAsync_ends_the_read_of_an_attachment(bool canSeek)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var contents = new GatedStream(new byte[1000], canSeek);
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

        public GatedStream(byte[] bytes, bool canSeek = true)
            : base(bytes, writable: false) =>
            (Bytes, CanSeek) = (bytes, canSeek);

        public override bool CanSeek { get; }

        public byte[] Bytes { get; }

        public Task ReadBegan => _began.Task;

        public int? ReaderThread { get; private set; }

        public void Open() => _gate.TrySetResult();

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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
