using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class ConnectionTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_connection_is_kept_for_the_next_email_until_the_transporter_sends_quit(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        var transporter = new SmtpTransporter(server.ToServerOptions());

        for (var i = 0; i < 3; i++)
            AssertAccepted(await SendAsync(transporter, async));
        Assert.False(Assert.Single(server.Sessions).EndedWithQuit);
        if (async)
            await transporter.DisposeAsync();
        else
            transporter.Dispose();

        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.True(Assert.Single(server.Sessions).EndedWithQuit);
        Assert.Equal(1, server.Sessions[0].AuthAttempts);
        Assert.Equal(3, server.Messages.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Each_email_has_its_own_connection_without_keep_alive(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { KeepAlive = false });

        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async));

        await server.WaitForSessionEndAsync(1, Cancellation);
        Assert.Equal(2, server.Sessions.Count);
        Assert.All(server.Sessions, s => Assert.True(s.EndedWithQuit));
    }

    public static TheoryData<string, bool> IdleEnds => new()
    {
        { "close", false }, { "close", true }, { "reset", false }, { "reset", true }, { "421", false }, { "421", true },
    };

    [Theory]
    [MemberData(nameof(IdleEnds))]
    public async Task A_connection_that_closed_while_idle_is_replaced_silently(string how, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        var idle = server.Script.On(SmtpStep.Idle).Times(1);
        _ = how switch { "close" => idle.Close(), "reset" => idle.Reset(), _ => idle.ReplyAndClose(421, "4.4.2 Idle for too long") };
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        await server.WaitForSessionEndAsync(0, Cancellation);

        var result = await SendAsync(transporter, async);

        AssertAccepted(result);
        Assert.Empty(result.Warnings);
        Assert.Equal(2, server.Sessions.Count);
        Assert.Equal(2, server.Messages.Count);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_reused_connection_that_closes_at_MAIL_is_replaced_once(bool with421, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        var rule = server.Script.On(SmtpStep.MailFrom).Times(1);
        _ = with421 ? rule.ReplyAndClose(421, "4.3.2 Closing") : rule.Close();

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(2, server.Sessions.Count);
        Assert.Equal(2, server.Messages.Count);
        Assert.Equal(1, rule.Hits);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_new_connection_that_closes_at_MAIL_is_not_replaced(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        server.Script.On(SmtpStep.MailFrom).ReplyAndClose(421, "4.3.2 Closing");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Deferred, 421), (result.Outcome, result.Status));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public async Task Concurrent_callers_share_at_most_the_allowed_connections(int connections, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = connections });

        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => SendAsync(transporter, async, NewMail($"ann{i}@example.org"))));

        Assert.All(results, AssertAccepted);
        Assert.InRange(server.Sessions.Count, 1, connections);
        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => $"ann{i}@example.org").Order(),
            server.Messages.Select(m => Assert.Single(m.Recipients)).Order());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Connections_are_opened_only_as_concurrent_callers_need_them(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Sessions);

        var gate = new TaskCompletionSource();
        var busy = server.Script.On(SmtpStep.Data).Times(1).WaitFor(gate.Task);
        var slow = SendAsync(transporter, async);
        await busy.Reached;
        AssertAccepted(await SendAsync(transporter, async));
        gate.SetResult();
        AssertAccepted(await slow);

        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Disposal_during_a_send_ends_the_send(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        var before = server.Script.On(SmtpStep.Data).Times(1).Hang();
        var after = server.Script.On(SmtpStep.EndOfData).Times(1).Hang();

        var notSent = await DisposedAt(before);
        AssertNotSent(notSent, SmtpErrorCodes.Disposed, "conf");
        var unknown = await DisposedAt(after);
        Assert.Equal(Outcome.Unknown, unknown.Outcome);

        async Task<SendResult> DisposedAt(SmtpRule rule)
        {
            var transporter = new SmtpTransporter(server.ToServerOptions());
            var sending = SendAsync(transporter, async);
            await rule.Reached;
            await transporter.DisposeAsync();
            return await sending;
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_check_reports_what_it_found(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users, SizeLimit = 123_456 });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var status = await CheckAsync(transporter, async);

        Assert.True(status.Success);
        Assert.Equal(250, status.Status);
        Assert.Empty(status.Errors);
        Assert.Equal(server.Sessions[0].TlsProtocol, status.TlsProtocol);
        Assert.NotNull(status.TlsCipher);
        Assert.Equal("CN=localhost", status.CertificateSubject);
        Assert.Equal(server.Certificate!.NotAfter.ToUniversalTime(), status.CertificateExpiresAt?.UtcDateTime);
        Assert.Contains("PIPELINING", status.Capabilities);
        Assert.Equal(123_456, status.SizeLimit);
        Assert.Equal("SCRAM-SHA-256", status.AuthenticationMechanism);
        Assert.True(status.Timings.Total >= status.Timings.Tls + status.Timings.Authenticate);
        Assert.True(status.Timings.Tls > TimeSpan.Zero);
        Assert.Equal("NOOP", Verbs(server.Sessions[0]).Last());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_check_connects_again_if_the_connection_was_lost(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        server.Script.On(SmtpStep.NoOp).Times(1).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));

        Assert.True((await CheckAsync(transporter, async)).Success);

        Assert.Equal(2, server.Sessions.Count);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_failed_check_has_the_servers_reply_code_or_the_message_of_the_last_error(bool async)
    {
        await using var refusing = SmtpTestServer.Start(new() { Users = Users });
        await using var clear = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var wrongPassword = new SmtpTransporter(refusing.ToServerOptions() with { Password = "wrong" });
        await using var noTls = new SmtpTransporter(clear.ToServerOptions() with { AcceptUnsecureConnection = false });

        var refused = await CheckAsync(wrongPassword, async);
        var unsafeStatus = await CheckAsync(noTls, async);

        Assert.Equal((false, 535), (refused.Success, refused.Status));
        Assert.Equal((false, 0), (unsafeStatus.Success, unsafeStatus.Status));
        Assert.Equal(unsafeStatus.Errors[^1].Message, unsafeStatus.StatusText);
        Assert.Equal("tls", unsafeStatus.Errors[^1].ComponentSignature);
    }

    [Fact]
    public async Task The_transporter_exposes_its_options_but_no_secret()
    {
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        var options = server.ToServerOptions();
        await using var transporter = new SmtpTransporter(options);

        Assert.Equal((options.Host, options.Port, options.User), (transporter.Host, transporter.Port, transporter.User));
        Assert.Equal((options.ConnectionTimeout, options.SendTimeout), (transporter.ConnectionTimeout, transporter.SendTimeout));
        Assert.Equal((options.KeepAlive, options.LogFile), (transporter.KeepAlive, transporter.LogFile));
        Assert.Equal((options.HeaderCharset, options.BodyCharset), (transporter.HeaderCharset, transporter.BodyCharset));
        Assert.Equal(
            (options.AuthenticationMode, options.AcceptUnsecureConnection),
            (transporter.AuthenticationMode, transporter.AcceptUnsecureConnection));
        Assert.DoesNotContain(
            typeof(SmtpTransporter).GetProperties(),
            p => p.Name.Contains("Password", StringComparison.Ordinal) || p.Name.Contains("Token", StringComparison.Ordinal));
        Assert.Empty(server.Sessions);
    }
}
