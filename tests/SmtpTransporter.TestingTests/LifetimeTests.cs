using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Waiting for what happens, forgetting it, and the server's end.</summary>
public sealed class LifetimeTests : IAsyncDisposable
{
    private readonly SmtpTestServer _server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task WaitForMail_waits_for_the_mail_of_its_index()
    {
        var first = _server.WaitForMessageAsync(ct: Ct);
        var second = _server.WaitForMessageAsync(1, Ct);
        using var client = await RawClient.BeginMailAsync(_server);
        Assert.False(first.IsCompleted);

        await client.DataAsync("1\r\n.\r\n");
        Assert.Same(_server.Messages[0], await first);
        Assert.False(second.IsCompleted);

        await client.EnvelopeAsync();
        await client.DataAsync("2\r\n.\r\n");
        Assert.Same(_server.Messages[1], await second);
    }

    [Fact]
    public async Task WaitForMail_has_nothing_to_wait_for_when_the_mail_is_there()
    {
        using var client = await RawClient.BeginMailAsync(_server);
        await client.DataAsync(".\r\n");

        var waiting = _server.WaitForMessageAsync(0, Ct);

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Same(_server.Messages[0], await waiting);
    }

    [Fact]
    public async Task A_mail_is_there_when_the_client_has_read_that_it_was_accepted()
    {
        using var client = await RawClient.GreetAsync(_server);
        for (var i = 1; i <= 50; i++)
        {
            await client.EnvelopeAsync();
            await client.DataAsync(".\r\n");
            Assert.Equal(i, _server.Messages.Count);
        }
    }

    [Fact]
    public async Task WaitForSessionEnd_waits_until_the_session_has_begun_and_ended()
    {
        var first = _server.WaitForSessionEndAsync(0, Ct);
        var second = _server.WaitForSessionEndAsync(1, Ct);
        using (var one = await RawClient.GreetAsync(_server))
        using (var two = await RawClient.GreetAsync(_server))
        {
            Assert.False(first.IsCompleted);
            await two.AskAsync("QUIT");
            await second;
            Assert.False(first.IsCompleted);
            Assert.Equal([true, false], _server.Sessions.Select(s => s.IsOpen));
        }

        await first;
        Assert.Equal([false, false], _server.Sessions.Select(s => s.IsOpen));
    }

    [Fact]
    public async Task Sessions_are_not_kept_where_they_are_not_wanted()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, KeepSessions = false });
        using var open = await RawClient.BeginMailAsync(server);
        using (var ended = await RawClient.BeginMailAsync(server))
        {
            await ended.DataAsync("1\r\n.\r\n");
            await ended.AskAsync("QUIT");
        }

        // The reply to QUIT is read before the session has come to its end.
        Assert.True(SpinWait.SpinUntil(() => server.Sessions.Count == 1, TimeSpan.FromSeconds(30)));
        var kept = server.Sessions[0];
        Assert.Equal((1, true), (kept.Id, kept.IsOpen));
        Assert.Empty(kept.Transcript);
        Assert.Empty(kept.Commands);
        Assert.Single(server.Messages);
    }

    [Fact]
    public async Task Waiting_ends_with_its_token()
    {
        using var giveUp = new CancellationTokenSource();
        var message = _server.WaitForMessageAsync(0, giveUp.Token);
        var session = _server.WaitForSessionEndAsync(0, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session);
    }

    [Fact]
    public async Task Waiting_ends_with_the_server()
    {
        var message = _server.WaitForMessageAsync(0, Ct);
        var session = _server.WaitForSessionEndAsync(0, Ct);

        await _server.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => message);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _server.WaitForMessageAsync(0, Ct));
    }

    [Fact]
    public async Task An_index_below_zero_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _server.WaitForMessageAsync(-1, Ct));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _server.WaitForSessionEndAsync(-1, Ct));
    }

    [Fact]
    public async Task Clear_forgets_mails_and_ended_sessions_and_leaves_the_rest()
    {
        var rule = _server.Script.On(SmtpStep.NoOp).Reply(299, "Scripted");
        using var ended = await RawClient.GreetAsync(_server);
        using var open = await RawClient.BeginMailAsync(_server);
        await open.DataAsync(".\r\n");
        await open.EnvelopeAsync();
        await ended.AskAsync("QUIT");
        await _server.WaitForSessionEndAsync(0, Ct);

        _server.Clear();

        Assert.Empty(_server.Messages);
        Assert.Equal(2, Assert.Single(_server.Sessions).Id);
        Assert.Equal("299 Scripted", await open.AskAsync("NOOP"));
        Assert.Equal(1, rule.Hits);
        await open.DataAsync("after\r\n.\r\n");
        Assert.Equal("after\r\n"u8.ToArray(), Assert.Single(_server.Messages).Raw.ToArray());
        using var next = await RawClient.GreetAsync(_server);
        Assert.Equal([2, 3], _server.Sessions.Select(s => s.Id));
    }

    [Fact]
    public async Task Dispose_ends_open_sessions_in_the_middle_of_whatever_they_do()
    {
        var hanging = _server.Script.On(SmtpStep.NoOp).Hang();
        using var idle = await RawClient.GreetAsync(_server);
        using var silent = await RawClient.GreetAsync(_server);
        using var sending = await RawClient.BeginMailAsync(_server);
        await silent.SendAsync("NOOP\r\n");
        await hanging.Reached.WaitAsync(Ct);
        await sending.AskAsync("DATA");
        await sending.SendAsync("half a mess");

        await _server.DisposeAsync();

        Assert.Equal("", await idle.ReadUntilGoneAsync());
        Assert.Equal("", await silent.ReadUntilGoneAsync());
        Assert.Equal("", await sending.ReadUntilGoneAsync());
        Assert.All(_server.Sessions, s => Assert.False(s.IsOpen));
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task Whoever_waits_for_the_end_of_an_open_session_sees_it_when_the_server_is_disposed()
    {
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
            clients.Add(await RawClient.GreetAsync(_server));
        var waiting = Enumerable.Range(0, clients.Count).Select(i => _server.WaitForSessionEndAsync(i, Ct)).ToList();

        await _server.DisposeAsync();

        await Task.WhenAll(waiting);
        Assert.All(_server.Sessions, s => Assert.False(s.IsOpen));
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task What_was_received_can_be_read_after_the_server_was_disposed()
    {
        using var client = await RawClient.BeginMailAsync(_server);
        await client.DataAsync("Subject: Kept\r\n\r\n.\r\n");

        await _server.DisposeAsync();

        Assert.Equal("Kept", _server.Messages[0].Message.Subject);
        Assert.Same(_server.Messages[0], await _server.WaitForMessageAsync(0, Ct));
        await _server.WaitForSessionEndAsync(0, Ct);
        Assert.Contains("DATA", _server.Sessions[0].Commands);
    }

    [Fact]
    public async Task Dispose_may_be_called_again_and_in_both_forms()
    {
        var server = SmtpTestServer.Start();
        using var client = await RawClient.GreetAsync(server);
        server.Dispose();
        server.Dispose();
        await server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilGoneAsync());
    }

    [Fact]
    public async Task A_certificate_that_the_server_made_goes_with_it()
    {
        var server = SmtpTestServer.Start();
        var certificate = server.Certificate!;
        Assert.Equal("CN=localhost", certificate.Subject);
        Assert.True(certificate.HasPrivateKey);

        await server.DisposeAsync();

        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => certificate.GetECDsaPrivateKey());
    }

    [Fact]
    public async Task Dispose_under_TLS_and_in_a_handshake_ends_both()
    {
        var server = SmtpTestServer.Start();
        using var secure = await RawClient.GreetAsync(server);
        await secure.StartTlsAsync(server);
        Assert.StartsWith("250", await secure.AskAsync("EHLO me"), StringComparison.Ordinal);
        using var shaking = await RawClient.GreetAsync(server);
        await shaking.AskAsync("STARTTLS");

        await server.DisposeAsync();

        Assert.Equal("", await secure.ReadUntilGoneAsync());
        Assert.Equal("", await shaking.ReadUntilGoneAsync());
        Assert.Equal([false, false], server.Sessions.Select(s => s.IsOpen));
        Assert.Equal([true, false], server.Sessions.Select(s => s.IsSecure));
    }

    [Fact]
    public void The_port_is_taken_while_the_server_lives()
    {
        Assert.InRange(_server.Port, 1, 65535);
        var taken = Assert.Throws<SocketException>(() => SmtpTestServer.Start(new() { Port = _server.Port }));
        Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("0.0.0.0", "localhost")]
    [InlineData("127.0.0.2", "127.0.0.2")]
    public async Task The_host_is_where_the_server_can_be_reached(string address, string host)
    {
        // macOS has no loopback address but 127.0.0.1.
        var listening = OperatingSystem.IsMacOS() && address == "127.0.0.2" ? IPAddress.Loopback : IPAddress.Parse(address);
        await using var server = SmtpTestServer.Start(new() { Address = listening });
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.Host, server.Port, Ct);

        Assert.True(client.Connected);
        Assert.Equal(listening.Equals(IPAddress.Loopback) ? "localhost" : host, server.Host);
    }
}
