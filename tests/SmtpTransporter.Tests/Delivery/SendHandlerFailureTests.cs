using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests handlers that fail, give up or end while the email is on its way: what became of it is told in any case.</summary>
public sealed class SendHandlerFailureTests : SocketTest
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_handler_that_ends_during_the_send_gets_the_result_of_the_send(bool throws, bool async)
    {
        await using var server = SmtpTestServer.Start();
        var rule = server.Script.On(SmtpStep.EndOfData).Hang();
        var transporter = With(server, new Custom(async (request, next) =>
        {
            _ = next(request);
            await rule.Reached;
            return throws ? throw new TimeoutException("Too slow") : SendResult.Create(Outcome.NotSent, 0, "own");
        }));

        var sending = SendAsync(transporter, async);
        await rule.Reached.WaitAsync(Cancellation);
        await transporter.DisposeAsync();
        var result = await sending;

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Equal(SmtpErrorCodes.CallbackFailed, Assert.Single(result.Warnings).ErrCode);
        Assert.Contains(
            throws ? "Too slow" : "returned before the send had ended", result.Warnings[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_canceled_send_keeps_its_result_whatever_the_handler_throws(bool wraps, bool async)
    {
        await using var server = SmtpTestServer.Start();
        var rule = server.Script.On(SmtpStep.EndOfData).Hang();
        using var caller = new CancellationTokenSource();
        await using var transporter = With(server, new Custom(async (request, next) =>
        {
            try
            {
                return await next(request).WaitAsync(wraps ? CancellationToken.None : request.CancellationToken);
            }
            catch (OperationCanceledException exception) when (wraps)
            {
                throw new InvalidOperationException("Wrapped", exception);
            }
        }));

        var sending = SendAsync(transporter, async, ct: caller.Token);
        await rule.Reached.WaitAsync(Cancellation);
        await caller.CancelAsync();
        var result = wraps ? await sending : (await Assert.ThrowsAsync<SendCanceledException>(() => sending)).Result;

        Assert.Equal(Outcome.Unknown, result.Outcome);
        Assert.Equal(wraps ? 1 : 0, result.Warnings.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_second_send_that_does_not_begin_loses_no_result_of_the_first(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = With(server, new Custom(async (request, next) =>
        {
            await next(request);
            return await next(request with { CancellationToken = new CancellationToken(canceled: true) });
        }));

        var result = await SendAsync(transporter, async);

        AssertAccepted(result);
        Assert.Equal(SmtpErrorCodes.CallbackFailed, Assert.Single(result.Warnings).ErrCode);
        Assert.Single(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_handler_that_has_ended_cannot_send(bool async)
    {
        await using var server = SmtpTestServer.Start();
        Func<SendRequest, Task<SendResult>>? late = null;
        await using var transporter = With(server, new Custom((_, next) =>
        {
            late = next;
            return Task.FromResult(SendResult.Create(Outcome.NotSent, 0, "own"));
        }));

        await SendAsync(transporter, async);
        await Assert.ThrowsAsync<InvalidOperationException>(() => late!(new SendRequest { Email = NewMail() }));

        Assert.Empty(server.Messages);
    }

    private static SmtpTransporter With(SmtpTestServer server, SendHandler handler) =>
        new(server.ToServerOptions() with { Handlers = [handler] });

    /// <summary>The same code around synchronous and asynchronous sends.</summary>
    private sealed class Custom(Func<SendRequest, Func<SendRequest, Task<SendResult>>, Task<SendResult>> around) : SendHandler
    {
        public override SendResult Send(SendRequest request, Func<SendRequest, SendResult> next) =>
            around(request, r => Task.Run(() => next(r))).GetAwaiter().GetResult();

        public override Task<SendResult> SendAsync(SendRequest request, Func<SendRequest, Task<SendResult>> next) =>
            around(request, next);
    }
}
