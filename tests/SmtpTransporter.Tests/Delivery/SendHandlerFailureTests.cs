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
        await WithGrowingLimit(async limit =>
        {
            await using var server = SmtpTestServer.Start();
            var rule = server.Script.On(SmtpStep.EndOfData).Hang();
            var handler = new Custom(async (request, next) =>
            {
                var sending = next(request);
                await Task.WhenAny(rule.Reached, sending);
                return throws ? throw new TimeoutException("Too slow") : SendResult.Create(Outcome.NotSent, 0, "own");
            });
            await using var transporter = new SmtpTransporter(
                server.ToServerOptions() with { SendTimeout = limit, Handlers = [handler] });

            var result = await SendAsync(transporter, async);

            // Too brief a limit ends the send before the handler has.
            if (result.Outcome != Outcome.Unknown)
                return false;
            Assert.Equal(SmtpErrorCodes.CallbackFailed, Assert.Single(result.Warnings).ErrCode);
            Assert.Contains(
                throws ? "Too slow" : "returned before the send had ended", result.Warnings[0].Message, StringComparison.Ordinal);
            return true;
        });
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

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_handler_that_makes_a_request_of_nothing_has_failed(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var around = With(server, new Custom((_, next) => next(new SendRequest())));
        await using var before = With(server, new Changing(_ => new SendRequest()));

        foreach (var transporter in new[] { around, before })
        {
            var result = await SendAsync(transporter, async);

            AssertNotSent(result, SmtpErrorCodes.CallbackFailed, "conf");
            Assert.Contains("nothing to send", result.Reason, StringComparison.Ordinal);
        }
        Assert.Empty(server.Sessions);
    }

    [Fact]
    public async Task A_handler_that_makes_a_synchronous_send_asynchronous_has_failed()
    {
        await using var server = SmtpTestServer.Start();
        var stored = StoredMessage.FromEmail(NewMail()) with { BeforeTransmission = _ => ValueTask.CompletedTask };
        await using var transporter = With(server, new Changing(r => r with { Email = null, StoredMessage = stored }));

        AssertNotSent(await SendAsync(transporter, async: false), SmtpErrorCodes.CallbackFailed, "conf");
        AssertAccepted(await SendAsync(transporter, async: true));
        await Assert.ThrowsAsync<InvalidOperationException>(() => OnThread(() => transporter.Send(stored, Cancellation)));
    }

    private static SmtpTransporter With(SmtpTestServer server, SendHandler handler) =>
        new(server.ToServerOptions() with { Handlers = [handler] });

    private sealed class Changing(Func<SendRequest, SendRequest> change) : SendHandler
    {
        public override SendRequest OnSending(SendRequest request) => change(request);
    }

    /// <summary>The same code around synchronous and asynchronous sends.</summary>
    private sealed class Custom(Func<SendRequest, Func<SendRequest, Task<SendResult>>, Task<SendResult>> around) : SendHandler
    {
        public override SendResult Send(SendRequest request, Func<SendRequest, SendResult> next) =>
            around(request, r => Task.Run(() => next(r))).GetAwaiter().GetResult();

        public override Task<SendResult> SendAsync(SendRequest request, Func<SendRequest, Task<SendResult>> next) =>
            around(request, next);
    }
}
