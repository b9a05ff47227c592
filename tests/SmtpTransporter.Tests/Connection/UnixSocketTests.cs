using System.Net.Sockets;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests servers that listen on a Unix socket.</summary>
public sealed class UnixSocketTests : SocketTest, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smtp").FullName;

    private string SocketPath => Path.Combine(_folder, "s.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SmtpTestTlsMode.None, false)]
    [InlineData(SmtpTestTlsMode.None, true)]
    [InlineData(SmtpTestTlsMode.StartTls, false)]
    [InlineData(SmtpTestTlsMode.StartTls, true)]
    public async Task An_email_is_sent_over_the_socket_with_TLS_and_authentication_as_the_options_say(SmtpTestTlsMode tls, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls, Users = Users });
        await using var relay = new Relay(new UnixDomainSocketEndPoint(SocketPath), server.Port);
        var log = Path.Combine(_folder, "log");
        await using (var transporter = new SmtpTransporter(server.ToServerOptions() with { Host = $"unix:{SocketPath}", LogFile = log }))
        {
            AssertAccepted(await SendAsync(transporter, async));
            AssertAccepted(await SendAsync(transporter, async));
        }

        Assert.Single(relay.Clients);
        Assert.Equal((tls == SmtpTestTlsMode.StartTls, User), (server.Messages[1].IsSecure, server.Messages[1].AuthenticatedUser));
        Assert.Contains($"over unix:{SocketPath}", await File.ReadAllTextAsync(log, Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_URL_and_settings_name_the_socket()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users });
        await using var relay = new Relay(new UnixDomainSocketEndPoint(SocketPath), server.Port);
        var fromUrl = ServerOptions.Parse($"smtp://{Uri.EscapeDataString(User)}:pw@unix:{SocketPath}?acceptUnsecureConnection=true");
        var fromSettings = ServerOptions.FromSettings(
            [new("Host", $"unix:{SocketPath}"), new("User", User), new("Password", Password), new("AcceptUnsecureConnection", "true")]);

        Assert.Equal(fromSettings, fromUrl with { Password = Password });
        await using var transporter = new SmtpTransporter(fromSettings);
        AssertAccepted(await transporter.SendAsync(NewMail(), Cancellation));
    }

    [Theory]
    [InlineData("smtp://unix/run/x")]
    [InlineData("smtp://me:unix:@host/run/x")]
    [InlineData("smtp://unix:25/run/x")]
    [InlineData("smtp://unix:/")]
    public void Only_an_empty_port_makes_a_URL_that_of_a_socket(string url)
    {
        if (ServerOptions.TryParse(url, out var options))
            Assert.Equal("unix", options.Host);
    }

    [Theory]
    [InlineData("unix:")]
    [InlineData("unix:x.sock")]
    [InlineData("unix:/a\0b")]
    [InlineData("unix:/a\nb")]
    [InlineData("UNIX:/run/x")]
    public void A_socket_needs_a_full_path(string host) =>
        Assert.Contains("unix: and the full path", Assert.Throws<ArgumentException>(
            () => new SmtpTransporter(new ServerOptions { Host = host })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_path_that_no_socket_can_have_is_not_valid() => Assert.Throws<ArgumentException>(
        () => new SmtpTransporter(new ServerOptions { Host = "unix:/" + new string('a', 200) }));

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_socket_that_takes_no_connection_is_an_error_that_says_why(bool async)
    {
        await using var transporter = new SmtpTransporter(
            new ServerOptions { Host = $"unix:{SocketPath}", AcceptUnsecureConnection = true });

        var missing = await SendAsync(transporter, async);
        // What a server leaves behind that has ended: a file at which nobody listens.
        await File.WriteAllTextAsync(SocketPath, "", Cancellation);
        var refused = await SendAsync(transporter, async);

        AssertNotSent(missing, SmtpErrorCodes.ConnectFailed, "tcp");
        Assert.Contains("there is no such file", missing.Reason, StringComparison.Ordinal);
        AssertNotSent(refused, SmtpErrorCodes.ConnectFailed, "tcp");
        Assert.Contains("no server listens there", refused.Reason, StringComparison.Ordinal);
        Assert.True(missing.IsTransient && refused.IsTransient);
    }
}
