using System.Net;
using System.Net.Sockets;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

/// <summary>GSSAPI (RFC 4752) with a real KDC and a real Dovecot behind Postfix.</summary>
public sealed class KerberosTests(KerberosServer server) : IClassFixture<KerberosServer>
{
    public static TheoryData<bool> SyncAndAsync => [false, true];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ServerOptions WithTicket => new()
    {
        Host = server.Host,
        Port = server.StartTlsPort,
        TrustedCertificates = [server.Certificate],
        AuthenticationMode = AuthenticationMode.Gssapi,
    };

    private ServerOptions WithPassword => WithTicket with { User = server.User, Password = server.Password };

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_arrives_with_the_ticket_of_the_process(bool async)
    {
        await server.GetTicketAsync();

        await AssertArrivesAsync(WithTicket, async);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("@EXAMPLE.TEST", true)]
    public async Task An_email_arrives_with_user_and_password(string realm, bool async)
    {
        server.DestroyTicket();

        await AssertArrivesAsync(WithPassword with { User = $"{server.User}{realm}" }, async);
    }

    [Fact]
    public async Task Kerberos_can_be_preferred_to_other_mechanisms()
    {
        await AssertArrivesAsync(
            WithPassword with { AuthenticationMode = AuthenticationMode.Auto, AuthenticationMechanisms = ["GSSAPI", "PLAIN"] },
            async: true);
    }

    [Fact]
    public async Task Kerberos_is_not_used_unless_it_was_asked_for()
    {
        await using var transporter = new SmtpTransporter(WithPassword with { AuthenticationMode = AuthenticationMode.Auto });

        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.Contains("GSSAPI", string.Join(' ', status.Capabilities), StringComparison.Ordinal);
        Assert.Equal("PLAIN", status.AuthenticationMechanism);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_process_without_a_ticket_is_told_to_get_one(bool async)
    {
        server.DestroyTicket();

        var result = await SendAsync(WithTicket, async);

        AssertError(result, SmtpErrorCodes.KerberosTicketUnavailable, "kinit");
    }

    [Theory]
    [InlineData("alice", "wrong")]
    [InlineData("nobody", "secret")]
    [InlineData("alice@NOWHERE.TEST", "secret")]
    public async Task A_wrong_password_an_unknown_user_and_an_unknown_realm_get_no_ticket(string user, string password)
    {
        var result = await SendAsync(WithPassword with { User = user, Password = password }, async: true);

        AssertError(result, SmtpErrorCodes.KerberosTicketUnavailable, user);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_service_that_the_KDC_does_not_know_is_named(bool async)
    {
        // An address is not the name of the service.
        var result = await SendAsync(WithPassword with { Host = "127.0.0.1" }, async);

        AssertError(result, SmtpErrorCodes.KerberosServiceUnavailable, "smtp/127.0.0.1");
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_KDC_that_does_not_answer_is_bounded_by_ConnectionTimeout(bool async)
    {
        using var silent = new TcpListener(IPAddress.Loopback, server.SilentPort);
        silent.Start();
        var asked = silent.AcceptSocketAsync(Cancellation).AsTask();

        var result = await SendAsync(
            WithPassword with { User = "alice@SILENT.TEST", ConnectionTimeout = TimeSpan.FromSeconds(3) }, async);

        using var socket = await asked;
        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.Contains(result.Errors, e => e is { ErrCode: SmtpErrorCodes.AuthenticationTimeout, ComponentSignature: "auth" });
    }

    private static void AssertError(SendResult result, int code, string text)
    {
        Assert.Equal((Outcome.NotSent, 0), (result.Outcome, result.Status));
        Assert.Contains(result.Errors, e => e.ErrCode == code && e.ComponentSignature == "auth");
        Assert.Contains(text, result.Reason, StringComparison.Ordinal);
        Assert.False(result.IsTransient);
    }

    private static async Task<SendResult> SendAsync(ServerOptions options, bool async)
    {
        await using var transporter = new SmtpTransporter(options);
        var email = new Email
        {
            From = "alice@example.test",
            To = "bob@example.test",
            Subject = "Monthly report",
            TextBody = "The figures follow.\n",
            MessageId = $"{Guid.NewGuid():N}@example.test",
        };
        return async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);
    }

    private async Task AssertArrivesAsync(ServerOptions options, bool async)
    {
        var result = await SendAsync(options, async);

        Assert.True(result.Success, $"{result}\n{string.Join('\n', result.Errors)}\n{server.AuthenticationLog}");
        Assert.NotEmpty(await server.WaitForMessageAsync("bob", result.MessageId));
        var log = await server.WaitForLogAsync($": {result.QueueId}: client=");
        var line = log.Split('\n').Single(l => l.Contains($": {result.QueueId}: client=", StringComparison.Ordinal));
        Assert.Contains("sasl_method=GSSAPI, sasl_username=alice", line, StringComparison.Ordinal);
    }
}
