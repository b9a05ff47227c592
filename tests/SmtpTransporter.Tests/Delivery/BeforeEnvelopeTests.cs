using System.Text;
using MailKit.Net.Smtp;
using Moq;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The callback before MAIL, for each way in which a transaction is sent.</summary>
public sealed class BeforeEnvelopeTests
{
    public static TheoryData<bool, bool> Ways => new() { { false, false }, { true, false }, { true, true } };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task It_is_called_before_MAIL_and_its_result_is_disposed_when_MAIL_is_written(bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);
        var gate = new TaskCompletionSource();
        var rule = server.Script.On(SmtpStep.MailFrom).Times(1).WaitFor(gate.Task);
        var permit = new Permit();

        // The second one, on a warm connection.
        var sending = transporter.SendAsync(
            NewMessage() with
            {
                BeforeEnvelope = _ =>
                {
                    permit.MailsBefore = CountMails(server);
                    return ValueTask.FromResult<IDisposable?>(permit);
                },
            },
            Cancellation);
        await rule.Reached.WaitAsync(Cancellation);
        await permit.Disposed.WaitAsync(Cancellation);
        gate.SetResult();

        Assert.Equal(Outcome.Accepted, (await sending).Outcome);
        Assert.Equal((1, 1, 2), (permit.MailsBefore, permit.Disposals, CountMails(server)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task If_it_throws_no_MAIL_is_sent_and_the_next_message_is(bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);

        var result = await transporter.SendAsync(
            NewMessage() with { BeforeEnvelope = _ => throw new InvalidOperationException("it was canceled") }, Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(
            result.Errors, e => e.ErrCode == SmtpErrorCodes.CallbackFailed
                && e.Message.Contains("BeforeEnvelope failed: it was canceled", StringComparison.Ordinal));
        Assert.Equal(1, CountMails(server));
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);
    }

    [Fact]
    public async Task On_a_warm_connection_with_CHUNKING_it_comes_behind_the_callback_before_transmission()
    {
        await using var server = Start(pipelining: true, chunking: true);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);
        var calls = new List<string>();

        var result = await transporter.SendAsync(
            NewMessage() with
            {
                BeforeTransmission = _ =>
                {
                    calls.Add("transmission");
                    return ValueTask.CompletedTask;
                },
                BeforeEnvelope = _ =>
                {
                    calls.Add("envelope");
                    return ValueTask.FromResult<IDisposable?>(null);
                },
            },
            Cancellation);

        Assert.True(result.Success);
        Assert.Equal(["transmission", "envelope"], calls);
    }

    [Fact]
    public async Task It_is_called_again_for_recipients_beyond_the_number_that_a_server_takes_at_once()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "b@").Times(1).Reply(452, "4.5.3 Too many recipients");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var calls = 0;
        var message = new StoredMessage("", ["a@example.org", "b@example.org"], Encoding.ASCII.GetBytes("From: a@example.com\r\n\r\n1\r\n"))
        {
            BeforeTransmission = _ => ValueTask.CompletedTask,
            BeforeEnvelope = _ =>
            {
                calls++;
                return ValueTask.FromResult<IDisposable?>(null);
            },
        };

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal((2, 2), (calls, CountMails(server)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task If_it_throws_before_a_further_transaction_the_rest_is_deferred_and_who_has_the_message_has_it(
        bool pipelining, bool chunking)
    {
        await using var server = Start(pipelining, chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);
        server.Script.On(SmtpStep.RcptTo, "b@").Times(1).Reply(452, "4.5.3 Too many recipients");
        var calls = 0;
        var message = new StoredMessage("", ["a@example.org", "b@example.org"], Encoding.ASCII.GetBytes("From: a@example.com\r\n\r\n1\r\n"))
        {
            BeforeTransmission = _ => ValueTask.CompletedTask,
            BeforeEnvelope = _ => calls++ == 0 ? default : throw new InvalidOperationException("it was suppressed"),
        };

        var result = await transporter.SendAsync(message, Cancellation);

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.Equal([RecipientState.Accepted, RecipientState.Deferred], result.Recipients.Select(r => r.State));
        Assert.Equal(2, CountMails(server));
        Assert.True((await transporter.SendAsync(NewMessage(), Cancellation)).Success);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_disposal_of_a_permit_throws_does_not_hide_the_outcome(bool hasClient)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = hasClient
            ? new SmtpTransporter(server.ToServerOptions(), () => new SmtpClient()) : new SmtpTransporter(server.ToServerOptions());
        var permit = new Mock<IDisposable>();
        permit.Setup(p => p.Dispose()).Throws<InvalidOperationException>();

        var result = await transporter.SendAsync(
            NewMessage() with { BeforeEnvelope = _ => ValueTask.FromResult<IDisposable?>(permit.Object) }, Cancellation);

        Assert.Equal(Outcome.Accepted, result.Outcome);
        permit.Verify(p => p.Dispose(), Times.Once);
    }

    [Fact]
    public void It_needs_the_asynchronous_send()
    {
        using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = NewMessage() with { BeforeEnvelope = _ => default };

        var exception = Assert.Throws<InvalidOperationException>(() => transporter.Send(message, Cancellation));

        Assert.StartsWith("BeforeEnvelope is asynchronous.", exception.Message, StringComparison.Ordinal);
    }

    private static StoredMessage NewMessage() =>
        new("", ["b@example.org"], Encoding.ASCII.GetBytes("From: a@example.com\r\n\r\nHello\r\n"));

    private static SmtpTestServer Start(bool pipelining, bool chunking) =>
        SmtpTestServer.Start(new SmtpTestServerOptions { Pipelining = pipelining, Chunking = chunking });

    private static int CountMails(SmtpTestServer server) =>
        server.Sessions.SelectMany(s => s.Commands).Count(c => c.StartsWith("MAIL", StringComparison.Ordinal));

    private sealed class Permit : IDisposable
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _disposals;

        public Task Disposed => _disposed.Task;

        public int Disposals => _disposals;

        public int MailsBefore { get; set; }

        public void Dispose()
        {
            Interlocked.Increment(ref _disposals);
            _disposed.TrySetResult();
        }
    }
}
