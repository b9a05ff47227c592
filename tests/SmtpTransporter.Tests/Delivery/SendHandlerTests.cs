using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests handlers around sends, and decorators.</summary>
public sealed class SendHandlerTests : SocketTest
{
    private readonly List<string> _calls = [];

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Handlers_are_called_in_order_around_every_kind_of_send(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { Handlers = [new Recording("a", _calls), new Recording("b", _calls)] });
        var mime = new MimeMessage { Body = new TextPart("plain") { Text = "Hello" }, Subject = "Hello" };
        mime.From.Add(new MailboxAddress("", "me@example.com"));
        mime.To.Add(new MailboxAddress("", "ann@example.org"));
        var stored = StoredMessage.FromEmail(NewMail());
        string[] expected = ["a before", "a around", "b before", "b around", "b sent", "a sent"];

        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(expected, Taken());
        AssertAccepted(
            async ? await transporter.SendAsync(mime, Cancellation) : await OnThread(() => transporter.Send(mime, Cancellation)));
        Assert.Equal(expected, Taken());
        AssertAccepted(
            async ? await transporter.SendAsync(stored, Cancellation) : await OnThread(() => transporter.Send(stored, Cancellation)));
        Assert.Equal(expected, Taken());
        await foreach (var item in transporter.SendManyAsync([NewMail()], cancellationToken: Cancellation))
            AssertAccepted(item.Result);
        Assert.Equal(expected, Taken());
        Assert.Equal(4, server.Messages.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_handler_may_send_another_email_or_nothing(bool async)
    {
        await using var server = SmtpTestServer.Start();
        var own = SendResult.Create(Outcome.Refused, 550, "5.7.1 Not on a Sunday");
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Handlers =
            [
                new Recording("outer", _calls),
                new Recording("inner", _calls)
                {
                    Before = r => r with { Email = NewMail("bob@example.org") },
                    Around = (r, next) => server.Messages.Count == 0 ? next(r) : own,
                },
            ],
        });

        var first = await SendAsync(transporter, async);
        var second = await SendAsync(transporter, async);

        AssertAccepted(first);
        Assert.Equal(["bob@example.org"], Assert.Single(server.Messages).Recipients);
        Assert.Same(own, second);
        Assert.Equal(["inner failed", "outer failed"], Taken()[^2..]);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_handler_that_fails_before_the_send_sends_nothing(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var before = Failing(server, new Recording("x", _calls) { Before = _ => throw new InvalidOperationException("No disk") });
        using var around = Failing(
            server, new Recording("x", _calls) { Around = (_, _) => throw new InvalidOperationException("No disk") });
        using var nothing = Failing(server, new Recording("x", _calls) { Around = (_, _) => null! });
        using var empty = Failing(server, new Recording("x", _calls) { Before = _ => null! });

        foreach (var transporter in new[] { before, around, nothing, empty })
        {
            var result = await SendAsync(transporter, async);

            AssertNotSent(result, SmtpErrorCodes.CallbackFailed, "conf");
            Assert.StartsWith("The handler Recording failed: ", result.Reason, StringComparison.Ordinal);
            Assert.Equal(SendStep.Prepare, result.FailedStep);
            Assert.Equal(["outer before", "outer around"], Taken().Where(c => c.StartsWith("outer", StringComparison.Ordinal)).Take(2));
        }
        Assert.Empty(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_handler_that_fails_behind_the_send_loses_no_result(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var around = Failing(server, new Recording("x", _calls)
        {
            Around = (r, next) => next(r) is null ? null! : throw new InvalidOperationException("No disk"),
        });
        using var behind = Failing(server, new Recording("x", _calls) { Behind = () => throw new InvalidOperationException("No disk") });

        foreach (var transporter in new[] { around, behind })
        {
            var result = await SendAsync(transporter, async);

            AssertAccepted(result);
            Assert.Equal(
                new SmtpError(SmtpErrorCodes.CallbackFailed, "The handler Recording failed: No disk", "conf"),
                Assert.Single(result.Warnings));
        }
        Assert.Equal(2, server.Messages.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_refused_email_is_reported_as_failed(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo).Reply(550, "5.1.1 No such user");
        var handler = new Recording("a", _calls);
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Handlers = [handler] });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.Refused, result.Outcome);
        Assert.Equal(["a before", "a around", "a failed"], Taken());
        Assert.Same(result, handler.Last);
    }

    [Fact]
    public async Task A_canceled_send_is_reported_as_failed_and_throws_as_without_handlers()
    {
        await using var server = SmtpTestServer.Start();
        var rule = server.Script.On(SmtpStep.EndOfData).Hang();
        var handler = new Recording("a", _calls);
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Handlers = [handler] });
        using var caller = new CancellationTokenSource();

        var sending = transporter.SendAsync(NewMail(), caller.Token);
        await rule.Reached.WaitAsync(Cancellation);
        await caller.CancelAsync();
        var canceled = await Assert.ThrowsAsync<SendCanceledException>(() => sending);

        Assert.Equal(Outcome.Unknown, canceled.Result.Outcome);
        Assert.Same(canceled.Result, handler.Last);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transporter.SendAsync(NewMail(), caller.Token));
    }

    [Fact]
    public async Task After_Dispose_no_handler_is_called()
    {
        var transporter = new SmtpTransporter(new ServerOptions { Host = "host", Handlers = [new Recording("a", _calls)] });
        await transporter.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => transporter.SendAsync(NewMail(), Cancellation));

        Assert.Empty(_calls);
    }

    [Fact]
    public async Task A_decorator_passes_every_call_on_and_changes_what_it_overrides()
    {
        await using var server = SmtpTestServer.Start();
        var inner = new SmtpTransporter(server.ToServerOptions());
        await using var decorator = new Decorator(inner);
        var stored = StoredMessage.FromEmail(NewMail());
        var mime = NewMail().ToMimeMessage();

        AssertAccepted(await decorator.SendAsync(NewMail(), Cancellation));
        AssertAccepted(await decorator.SendAsync(mime, Cancellation));
        AssertAccepted(await decorator.SendAsync(stored, Cancellation));
        AssertAccepted(await OnThread(() => decorator.Send(NewMail(), Cancellation)));
        AssertAccepted(await OnThread(() => decorator.Send(mime, Cancellation)));
        AssertAccepted(await OnThread(() => decorator.Send(stored, Cancellation)));
        await foreach (var item in decorator.SendManyAsync([NewMail()], cancellationToken: Cancellation))
            AssertAccepted(item.Result);
        Assert.True((await decorator.CheckConnectionAsync(Cancellation)).Success);
        Assert.Equal("decorated", (await OnThread(() => decorator.CheckConnection(Cancellation))).StatusText);
        Assert.Equal(7, server.Messages.Count);
        Assert.Throws<ArgumentNullException>(() => new Decorator(null!));
        using var bare = new Decorator(Moq.Mock.Of<ISmtpTransporter>());
        await Assert.ThrowsAsync<NotSupportedException>(() => bare.SendAsync(stored, Cancellation));
        await decorator.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => inner.Send(NewMail(), Cancellation));
    }

    [Fact]
    public async Task A_decorator_disposes_what_it_owns_in_both_ways()
    {
        var inner = new Moq.Mock<ISmtpTransporter>();
        var calls = new List<string>();

        new Owner(inner.Object, calls).Dispose();
        Assert.Equal(["Dispose(True)"], calls);
        calls.Clear();
        await new Owner(inner.Object, calls).DisposeAsync();

        Assert.Equal(["DisposeAsyncCore", "Dispose(False)"], calls);
        inner.Verify(t => t.Dispose(), Moq.Times.Once);
        inner.Verify(t => t.DisposeAsync(), Moq.Times.Once);
    }

    private SmtpTransporter Failing(SmtpTestServer server, SendHandler handler) =>
        new(server.ToServerOptions() with { Handlers = [new Recording("outer", _calls), handler] });

    private List<string> Taken()
    {
        List<string> calls = [.. _calls];
        _calls.Clear();
        return calls;
    }

    private sealed class Recording(string name, List<string> calls) : SendHandler
    {
        public Func<SendRequest, SendRequest> Before { get; init; } = r => r;

        public Func<SendRequest, Func<SendRequest, SendResult>, SendResult> Around { get; init; } = (r, next) => next(r);

        public Action Behind { get; init; } = () => { };

        public SendResult? Last { get; private set; }

        public override SendRequest OnSending(SendRequest request)
        {
            calls.Add($"{name} before");
            return Before(request);
        }

        public override SendResult Send(SendRequest request, Func<SendRequest, SendResult> next)
        {
            calls.Add($"{name} around");
            return Around(request, next);
        }

        public override async Task<SendResult> SendAsync(SendRequest request, Func<SendRequest, Task<SendResult>> next)
        {
            calls.Add($"{name} around");
            SendRequest? passed = null;
            var placeholder = SendResult.Create(Outcome.NotSent, 0, "");
            var failure = default(Exception);
            var result = placeholder;
            try
            {
                result = Around(request, r =>
                {
                    passed = r;
                    return placeholder;
                });
            }
            catch (InvalidOperationException exception)
            {
                failure = exception;
            }
            var sent = passed is null ? null : await next(passed);
            return failure is not null ? throw failure : ReferenceEquals(result, placeholder) ? sent! : result;
        }

        public override void OnSent(SendRequest request, SendResult result) => After("sent", result);

        public override void OnFailed(SendRequest request, SendResult result) => After("failed", result);

        private void After(string what, SendResult result)
        {
            Last = result;
            calls.Add($"{name} {what}");
            Behind();
        }
    }

    private sealed class Owner(ISmtpTransporter inner, List<string> calls) : DelegatingSmtpTransporter(inner)
    {
        protected override ValueTask DisposeAsyncCore()
        {
            calls.Add("DisposeAsyncCore");
            return base.DisposeAsyncCore();
        }

        protected override void Dispose(bool disposing)
        {
            calls.Add($"Dispose({disposing})");
            base.Dispose(disposing);
        }
    }

    private sealed class Decorator(ISmtpTransporter inner) : DelegatingSmtpTransporter(inner)
    {
        public override ConnectionStatus CheckConnection(CancellationToken cancellationToken = default) =>
            ConnectionStatus.Create(250, "decorated");
    }
}
