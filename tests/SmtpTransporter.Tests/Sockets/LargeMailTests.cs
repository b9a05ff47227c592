using System.Security.Cryptography;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests that a large attachment is streamed: it is neither held in memory nor read ahead.</summary>
public sealed class LargeMailTests : SocketTest
{
    private const long Large = 100_000_000;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task An_attachment_of_a_hundred_megabytes_is_not_held_in_memory(bool dkim, bool declared)
    {
        // The server reads the whole message and keeps a thousand bytes; the reply to EHLO names no such limit, or a larger one.
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = 1000 });
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", declared ? "SIZE 999999999" : "PIPELINING");
        server.Script.On(SmtpStep.MailFrom).Reply(250, "2.1.0 Ok");
        using var rsa = RSA.Create(1024);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            SendTimeout = TimeSpan.FromMinutes(10),
            Dkim = dkim ? new() { Domain = "example.com", Selector = "s", PrivateKey = rsa.ExportRSAPrivateKeyPem() } : null,
        });
        _ = await SendAsync(transporter, async: false);
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(new Zeros(Large), "large.bin"));

        var (result, allocated) = await Task.Factory.StartNew(
            () =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var sent = transporter.Send(email, Cancellation);
                return (sent, GC.GetAllocatedBytesForCurrentThread() - before);
            },
            Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        Assert.Equal((Outcome.Refused, 552), (result.Outcome, result.Status));
        Assert.InRange(allocated, 0, 20_000_000);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_attachment_is_read_only_as_fast_as_the_server_takes_it(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, SizeLimit = null });
        var stuck = server.Script.On(SmtpStep.Body).HangAfterBytes(1000);
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { SendTimeout = TimeSpan.FromMinutes(10) });
        using var cancel = new CancellationTokenSource();
        var zeros = new Zeros(Large);
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromStream(zeros, "large.bin"));

        var sending = SendAsync(transporter, async, email, cancel.Token);
        await stuck.Reached;
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<SendCanceledException>(() => sending);

        // At most what the buffers of the sockets hold.
        Assert.InRange(zeros.Taken, 1, Large / 2);
    }

    /// <summary>A stream of zeros of a given length.</summary>
    private sealed class Zeros(long length) : Stream
    {
        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            Array.Clear(buffer, offset, read);
            Position += read;
            Taken += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.End => length + offset, _ => Position + offset };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
