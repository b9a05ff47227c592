using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Waiting for messages and sessions, removing them, and the end of the server.</summary>
public sealed class LifetimeTests() : ServerTest(new() { Tls = SmtpTestTlsMode.None })
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WaitForMessage_waits_for_the_message_with_its_index()
    {
        var first = Server.WaitForMessageAsync(cancellationToken: Cancellation);
        var second = Server.WaitForMessageAsync(1, Cancellation);
        using var client = await Server.ConnectRawAsync(envelope: true);
        Assert.False(first.IsCompleted);

        await client.DataAsync("1\r\n.\r\n");
        Assert.Same(Server.Messages[0], await first);
        Assert.False(second.IsCompleted);

        await client.EnvelopeAsync();
        await client.DataAsync("2\r\n.\r\n");
        Assert.Same(Server.Messages[1], await second);
    }

    [Fact]
    public async Task WaitForMessage_completes_at_once_if_the_message_was_received()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.DataAsync(".\r\n");

        var waiting = Server.WaitForMessageAsync(0, Cancellation);

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Same(Server.Messages[0], await waiting);
    }

    [Fact]
    public async Task A_message_is_in_the_list_before_the_client_reads_the_reply()
    {
        using var client = await Server.ConnectRawAsync(ehlo: true);
        for (var i = 1; i <= 50; i++)
        {
            await client.EnvelopeAsync();
            await client.DataAsync(".\r\n");
            Assert.Equal(i, Server.Messages.Count);
        }
    }

    [Fact]
    public async Task WaitForSessionEnd_waits_until_the_session_has_begun_and_ended()
    {
        var first = Server.WaitForSessionEndAsync(0, Cancellation);
        var second = Server.WaitForSessionEndAsync(1, Cancellation);
        using (var one = await Server.ConnectRawAsync(ehlo: true))
        using (var two = await Server.ConnectRawAsync(ehlo: true))
        {
            Assert.False(first.IsCompleted);
            await two.AskAsync("QUIT");
            await second;
            Assert.False(first.IsCompleted);
            Assert.Equal([true, false], Server.Sessions.Select(s => s.IsOpen));
        }

        await first;
        Assert.Equal([false, false], Server.Sessions.Select(s => s.IsOpen));
    }

    [Fact]
    public async Task Sessions_are_not_kept_if_KeepSessions_is_false()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, KeepSessions = false });
        using var open = await server.ConnectRawAsync(envelope: true);
        using (var ended = await server.ConnectRawAsync(envelope: true))
        {
            await ended.DataAsync("1\r\n.\r\n");
            await ended.AskAsync("QUIT");
        }

        // The client reads the reply to QUIT before the session ends.
        Assert.True(SpinWait.SpinUntil(() => server.Sessions.Count == 1, TimeSpan.FromSeconds(30)));
        var kept = server.Sessions[0];
        Assert.Equal((1, true), (kept.Id, kept.IsOpen));
        Assert.Empty(kept.Transcript);
        Assert.Empty(kept.Commands);
        Assert.Single(server.Messages);
    }

    [Fact]
    public async Task A_canceled_token_ends_the_wait()
    {
        using var giveUp = new CancellationTokenSource();
        var message = Server.WaitForMessageAsync(0, giveUp.Token);
        var session = Server.WaitForSessionEndAsync(0, giveUp.Token);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session);
    }

    [Fact]
    public async Task Disposing_the_server_ends_the_wait()
    {
        var message = Server.WaitForMessageAsync(0, Cancellation);
        var session = Server.WaitForSessionEndAsync(0, Cancellation);

        await Server.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => message);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Server.WaitForMessageAsync(0, Cancellation));
    }

    [Fact]
    public async Task A_negative_index_throws()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Server.WaitForMessageAsync(-1, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Server.WaitForSessionEndAsync(-1, Cancellation));
    }

    [Fact]
    public async Task Clear_removes_messages_and_ended_sessions_only()
    {
        var rule = Server.Script.On(SmtpStep.NoOp).Reply(299, "Scripted");
        using var ended = await Server.ConnectRawAsync(ehlo: true);
        using var open = await Server.ConnectRawAsync(envelope: true);
        await open.DataAsync(".\r\n");
        await open.EnvelopeAsync();
        await ended.AskAsync("QUIT");
        await Server.WaitForSessionEndAsync(0, Cancellation);

        Server.Clear();

        Assert.Empty(Server.Messages);
        Assert.Equal(2, Assert.Single(Server.Sessions).Id);
        Assert.Equal("299 Scripted", await open.AskAsync("NOOP"));
        Assert.Equal(1, rule.Hits);
        await open.DataAsync("after\r\n.\r\n");
        Assert.Equal("after\r\n"u8.ToArray(), Assert.Single(Server.Messages).Raw.ToArray());
        using var next = await Server.ConnectRawAsync(ehlo: true);
        Assert.Equal([2, 3], Server.Sessions.Select(s => s.Id));
    }

    [Fact]
    public async Task Dispose_ends_open_sessions_in_any_state()
    {
        var hanging = Server.Script.On(SmtpStep.NoOp).Hang();
        using var idle = await Server.ConnectRawAsync(ehlo: true);
        using var silent = await Server.ConnectRawAsync(ehlo: true);
        using var sending = await Server.ConnectRawAsync(envelope: true);
        await silent.SendAsync("NOOP\r\n");
        await hanging.Reached.WaitAsync(Cancellation);
        await sending.AskAsync("DATA");
        await sending.SendAsync("half a mess");

        await Server.DisposeAsync();

        Assert.Equal("", await idle.ReadUntilClosedAsync());
        Assert.Equal("", await silent.ReadUntilClosedAsync());
        Assert.Equal("", await sending.ReadUntilClosedAsync());
        Assert.All(Server.Sessions, s => Assert.False(s.IsOpen));
        Assert.Empty(Server.Messages);
    }

    [Fact]
    public async Task Dispose_completes_the_wait_for_the_end_of_an_open_session()
    {
        var clients = new List<RawClient>();
        for (var i = 0; i < 20; i++)
            clients.Add(await Server.ConnectRawAsync(ehlo: true));
        var waiting = Enumerable.Range(0, clients.Count).Select(i => Server.WaitForSessionEndAsync(i, Cancellation)).ToList();

        await Server.DisposeAsync();

        await Task.WhenAll(waiting);
        Assert.All(Server.Sessions, s => Assert.False(s.IsOpen));
        clients.ForEach(c => c.Dispose());
    }

    [Fact]
    public async Task Messages_can_be_read_after_Dispose()
    {
        using var client = await Server.ConnectRawAsync(envelope: true);
        await client.DataAsync("Subject: Kept\r\n\r\n.\r\n");

        await Server.DisposeAsync();

        Assert.Equal("Kept", Server.Messages[0].Message.Subject);
        Assert.Same(Server.Messages[0], await Server.WaitForMessageAsync(0, Cancellation));
        await Server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Contains("DATA", Server.Sessions[0].Commands);
    }

    [Fact]
    public async Task Dispose_can_be_called_again_and_in_both_forms()
    {
        var server = SmtpTestServer.Start();
        using var client = await server.ConnectRawAsync(ehlo: true);
        server.Dispose();
        server.Dispose();
        await server.DisposeAsync();

        Assert.Equal("", await client.ReadUntilClosedAsync());
    }

    [Fact]
    public async Task Dispose_disposes_the_certificate_that_the_server_created()
    {
        var server = SmtpTestServer.Start();
        var certificate = server.Certificate!;
        Assert.Equal("CN=localhost", certificate.Subject);
        Assert.True(certificate.HasPrivateKey);

        await server.DisposeAsync();

        Assert.Throws<System.Security.Cryptography.CryptographicException>(() => certificate.GetECDsaPrivateKey());
    }

    [Fact]
    public async Task Dispose_ends_sessions_under_TLS_and_in_a_handshake()
    {
        var server = SmtpTestServer.Start();
        using var secure = await server.ConnectRawAsync(ehlo: true);
        await secure.StartTlsAsync(server);
        Assert.StartsWith("250", await secure.AskAsync("EHLO me"), StringComparison.Ordinal);
        using var shaking = await server.ConnectRawAsync(ehlo: true);
        await shaking.AskAsync("STARTTLS");

        await server.DisposeAsync();

        Assert.Equal("", await secure.ReadUntilClosedAsync());
        Assert.Equal("", await shaking.ReadUntilClosedAsync());
        Assert.Equal([false, false], server.Sessions.Select(s => s.IsOpen));
        Assert.Equal([true, false], server.Sessions.Select(s => s.IsSecure));
    }

    [Fact]
    public void The_port_is_in_use_until_the_server_is_disposed()
    {
        Assert.InRange(Server.Port, 1, 65535);
        var taken = Assert.Throws<SocketException>(() => SmtpTestServer.Start(new() { Port = Server.Port }));
        Assert.Equal(SocketError.AddressAlreadyInUse, taken.SocketErrorCode);
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("0.0.0.0", "localhost")]
    [InlineData("127.0.0.2", "127.0.0.2")]
    public async Task The_server_can_be_reached_at_its_host(string address, string host)
    {
        // macOS has no loopback address other than 127.0.0.1.
        var listening = OperatingSystem.IsMacOS() && address == "127.0.0.2" ? IPAddress.Loopback : IPAddress.Parse(address);
        await using var server = SmtpTestServer.Start(new() { Address = listening });
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(server.Host, server.Port, Cancellation);

        Assert.True(client.Connected);
        Assert.Equal(listening.Equals(IPAddress.Loopback) ? "localhost" : host, server.Host);
    }
}
