using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what an error says if the server ends TLS with an alert.</summary>
public sealed class TlsAlertTests : SocketTest
{
    private static byte[] Record(byte alert) => [0x15, 3, 3, 0, 2, 2, alert];

    private static void AssertAlert(SendResult result, string name, string advice)
    {
        AssertNotSent(result, SmtpErrorCodes.TlsAlert, "tls");
        Assert.StartsWith($"The server ended TLS with the alert {name}. ", result.Reason, StringComparison.Ordinal);
        Assert.Contains(advice, result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("port", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("ImplicitTls", result.Explanation!.Remedy, StringComparison.Ordinal);
        Assert.False(result.IsTransient);
    }

    [Theory]
    [InlineData(80, "internal_error", "The fault is the server's")]
    [InlineData(40, "handshake_failure", "no TLS version or no cipher in common")]
    [InlineData(70, "protocol_version", "no TLS version or no cipher in common")]
    [InlineData(71, "insufficient_security", "no TLS version or no cipher in common")]
    [InlineData(48, "unknown_ca", "authority that issued the client certificate")]
    [InlineData(42, "bad_certificate", "ClientCertificates")]
    [InlineData(45, "certificate_expired", "client certificate has expired")]
    [InlineData(116, "certificate_required", "Set ClientCertificates")]
    [InlineData(112, "unrecognized_name", "Check Host")]
    [InlineData(47, "illegal_parameter", "could not read what this machine sent")]
    [InlineData(115, "115", "did not accept what this machine sent")]
    public async Task An_alert_says_whose_fault_it_is_and_what_to_do(byte alert, string name, string advice)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit });
        server.Script.On(SmtpStep.TlsHandshake).ReplyRaw(Record(alert));
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        foreach (var async in (bool[])[false, true])
            AssertAlert(await SendAsync(transporter, async), name, advice);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task An_alert_that_comes_octet_by_octet_and_before_the_end_of_the_connection_is_seen(bool implicitTls, bool async)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, implicitTls);
        await using var transporter = new SmtpTransporter(new ServerOptions
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            ImplicitTls = implicitTls,
        });

        AssertAlert(await SendAsync(transporter, async), "internal_error", "The fault is the server's");
        await serving;
    }

    [Theory]
    [InlineData(0x0A000438, "internal_error")]
    [InlineData(0x14094438, "internal_error")]
    [InlineData(0x0A00042E, "protocol_version")]
    [InlineData(0x0A0003E8, "0")]
    [InlineData(0x0A0003E7, null)]
    [InlineData(0x0A0004E8, null)]
    [InlineData(0x0A00010B, null)]
    [InlineData(0x0B000438, null)]
    public void An_error_of_OpenSSL_has_the_number_of_the_alert_in_its_code(int code, string? name)
    {
        var error = new System.Security.Cryptography.CryptographicException("error") { HResult = code };

        var alert = TlsAlert.Find(new IOException("lost", new AuthenticationException("failed", error)));

        Assert.Equal(name, alert?.Name);
    }

    [Theory]
    [InlineData("InternalError", "internal_error")]
    [InlineData("UnsupportedCert", "unsupported_certificate")]
    [InlineData("UnknownCA", "unknown_ca")]
    [InlineData("112", "unrecognized_name")]
    [InlineData("118", "118")]
    [InlineData("Something", "Something")]
    public void Without_OpenSSL_the_text_has_the_name_or_the_number(string text, string name)
    {
        var exception = new AuthenticationException($"Authentication failed because the remote party sent a TLS alert: '{text}'.");

        Assert.Equal(name, TlsAlert.Find(exception)!.Name);
    }

    [Fact]
    public void Without_an_alert_there_is_none()
    {
        Assert.Null(TlsAlert.Find(null));
        Assert.Null(TlsAlert.Find(new InvalidOperationException("TLS alert: 'InternalError'")));
        Assert.Null(TlsAlert.Find(new AuthenticationException("Authentication failed, see inner exception.")));
    }

    [Fact]
    public void An_alert_behind_the_handshake_is_no_lost_connection()
    {
        using var deadline = new Deadline(TimeProvider.System, TimeSpan.FromMinutes(1), CancellationToken.None, CancellationToken.None);
        var error = new System.Security.Cryptography.CryptographicException("error") { HResult = 0x0A00045C };

        var failure = FailureClassifier.Classify(
            new IOException("The decryption operation failed.", error), deadline, ConnectionFacts.None with { Step = DialogueStep.Hello });

        Assert.Equal((SmtpErrorCodes.TlsAlert, false), (failure.Errors[^1].ErrCode, failure.IsTransient));
        Assert.Contains("certificate_required", failure.Errors[^1].Message, StringComparison.Ordinal);
    }

    private static async Task ServeAsync(TcpListener listener, bool implicitTls)
    {
        using var client = await listener.AcceptTcpClientAsync(Cancellation);
        client.NoDelay = true;
        await using var stream = client.GetStream();
        if (!implicitTls)
        {
            await stream.WriteAsync("220 localhost\r\n"u8.ToArray(), Cancellation);
            foreach (var reply in (string[])["250-localhost\r\n250 STARTTLS\r\n", "220 Go ahead\r\n"])
            {
                await ReadAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), Cancellation);
            }
        }
        await ReadAsync(stream);
        foreach (var octet in Record(80))
            await stream.WriteAsync(new[] { octet }, Cancellation);
        client.Client.Shutdown(SocketShutdown.Send);
        // Closed with something unread, the connection would be reset.
        while (await stream.ReadAsync(new byte[1000], Cancellation) > 0)
            continue;
    }

    /// <summary>A command, or the beginning of the handshake: each comes at once.</summary>
    private static async Task ReadAsync(NetworkStream stream) =>
        Assert.NotEqual(0, await stream.ReadAsync(new byte[4096], Cancellation));
}
