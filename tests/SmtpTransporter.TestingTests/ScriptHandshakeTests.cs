using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

/// <summary>Rules for the TLS handshake, with STARTTLS and with implicit TLS.</summary>
public sealed class ScriptHandshakeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<RawClient> ReadyAsync(SmtpTestServer server, SmtpTestTlsMode tls)
    {
        if (tls == SmtpTestTlsMode.Implicit)
            return await server.ConnectRawAsync();
        var client = await server.ConnectRawAsync(ehlo: true);
        Assert.StartsWith("220 ", await client.AskAsync("STARTTLS"), StringComparison.Ordinal);
        return client;
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit)]
    public async Task The_server_can_close_instead_of_the_handshake(SmtpTestTlsMode tls)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        var rule = server.Script.On(SmtpStep.TlsHandshake).Close();
        using var client = await ReadyAsync(server, tls);

        Assert.Equal("", await client.ReadToEndAsync());
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.False(server.Sessions[0].IsSecure);
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task The_server_can_reset_the_connection_instead_of_the_handshake()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.TlsHandshake).Reset();
        using var client = await server.ConnectRawAsync(ehlo: true);
        await client.SendAsync("STARTTLS\r\n");

        await Assert.ThrowsAsync<IOException>(client.ReadToEndAsync);
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.False(server.Sessions[0].IsSecure);
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit)]
    public async Task The_server_can_hang_instead_of_the_handshake(SmtpTestTlsMode tls)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        var rule = server.Script.On(SmtpStep.TlsHandshake).Hang();
        using var client = await ReadyAsync(server, tls);
        var handshake = client.HandshakeAsync(server);
        await rule.Reached.WaitAsync(Cancellation);
        client.StopSending();

        await Assert.ThrowsAnyAsync<IOException>(() => handshake);
        Assert.Equal(0, client.Tap!.Bytes);
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.False(server.Sessions[0].IsSecure);
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit)]
    public async Task The_server_can_send_clear_text_instead_of_the_handshake_and_then_hangs(SmtpTestTlsMode tls)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        server.Script.On(SmtpStep.TlsHandshake).Reply(454, "4.7.0 No TLS today");
        using var client = await ReadyAsync(server, tls);

        Assert.Equal("454 4.7.0 No TLS today", await client.ReadReplyAsync());
        await client.SendAsync("QUIT\r\n");
        client.StopSending();
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.DoesNotContain("QUIT", server.Sessions[0].Commands);
    }

    [Fact]
    public async Task The_server_can_send_clear_text_instead_of_the_handshake_and_close()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        server.Script.On(SmtpStep.TlsHandshake).ReplyAndClose(421, "Bye");
        using var client = await server.ConnectRawAsync();

        Assert.Equal("421 Bye\r\n", await client.ReadToEndAsync());
    }

    [Theory]
    [InlineData(SmtpTestTlsMode.StartTls)]
    [InlineData(SmtpTestTlsMode.Implicit)]
    public async Task A_gate_delays_the_handshake(SmtpTestTlsMode tls)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls });
        var gate = new TaskCompletionSource();
        var rule = server.Script.On(SmtpStep.TlsHandshake).WaitFor(gate.Task);
        using var client = await ReadyAsync(server, tls);
        var handshake = client.HandshakeAsync(server);
        await rule.Reached.WaitAsync(Cancellation);
        Assert.False(handshake.IsCompleted);
        Assert.Equal(0, client.Tap!.Bytes);

        gate.SetResult();
        await handshake;

        var reply = tls == SmtpTestTlsMode.Implicit ? await client.ReadReplyAsync() : await client.AskAsync("MAIL FROM:<>");
        Assert.Matches("^(220|503) ", reply);
        Assert.True(server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task A_callback_is_invoked_before_the_handshake()
    {
        await using var server = SmtpTestServer.Start();
        bool? secure = null;
        server.Script.On(SmtpStep.TlsHandshake).Do(s => secure = s.IsSecure);
        using var client = await server.ConnectRawAsync(ehlo: true);
        await client.StartTlsAsync(server);
        await client.AskAsync("EHLO me");

        Assert.False(secure);
        Assert.True(server.Sessions[0].IsSecure);
    }

    [Fact]
    public async Task The_handshake_can_be_dripped()
    {
        await using var server = SmtpTestServer.Start();
        var rule = server.Script.On(SmtpStep.TlsHandshake).Drip(TimeSpan.Zero);
        using var client = await server.ConnectRawAsync(ehlo: true);
        await client.StartTlsAsync(server);

        Assert.StartsWith("250-localhost", await client.AskAsync("EHLO me"), StringComparison.Ordinal);
        Assert.Equal(1, rule.Hits);
    }

    [Fact]
    public async Task A_dripped_handshake_arrives_byte_by_byte()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        server.Script.On(SmtpStep.TlsHandshake).Drip(TimeSpan.FromDays(1));
        using var client = await server.ConnectRawAsync();
        var handshake = client.HandshakeAsync(server);
        await client.Tap!.Begun.WaitAsync(Cancellation);

        await server.DisposeAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => handshake);
        Assert.Equal(1, client.Tap.Bytes);
    }
}
