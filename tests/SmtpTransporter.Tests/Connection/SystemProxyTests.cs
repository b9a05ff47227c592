using System.Net;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the proxy of the system, which the tests set for names that no other test uses.</summary>
public sealed class SystemProxyTests : SocketTest, IDisposable
{
    private const string Host = "behind-the-proxy.example";
    private const string Bypassed = "beside-the-proxy.example";

    private readonly IWebProxy _before = HttpClient.DefaultProxy;

    public void Dispose() => HttpClient.DefaultProxy = _before;

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_proxy_of_the_system_and_its_exceptions_are_used(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var proxy = new ScriptedProxy("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray()) { Target = server.Port };
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri($"http://127.0.0.1:{proxy.Port}"), new NetworkCredential("me", "pw"));
        var options = server.ToServerOptions() with { Host = Host, Proxy = "system" };
        await using var through = new SmtpTransporter(options);
        using var beside = new SmtpTransporter(
            options with { Host = Bypassed }, null, TimeProvider.System, new FixedResolver(IPAddress.Loopback));

        AssertAccepted(await SendAsync(through, async));
        AssertAccepted(await SendAsync(beside, async));

        var request = Encoding.ASCII.GetString(Assert.Single(proxy.Requests));
        Assert.StartsWith($"CONNECT {Host}:{server.Port} HTTP/1.1", request, StringComparison.Ordinal);
        Assert.Contains("Basic bWU6cHc=", request, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_proxy_of_the_system_that_cannot_be_used_is_an_error(bool async)
    {
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri("https://proxy.example:443"), null);
        await using var transporter = new SmtpTransporter(new ServerOptions { Host = Host, Proxy = "system" });

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.ProxyProtocolError, "proxy");
        Assert.Contains("https://proxy.example:443, which cannot be used", result.Reason, StringComparison.Ordinal);
    }

    private sealed class ProxyOfOneHost(Uri proxy, ICredentials? credentials) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => credentials;
            set => throw new NotSupportedException();
        }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : proxy;

        public bool IsBypassed(Uri host) => host.Host != Host;
    }
}
