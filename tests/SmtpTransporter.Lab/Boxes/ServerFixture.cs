using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SmtpTransport.Testing;

namespace SmtpTransport.Lab;

/// <summary>A running server with the hop behind it, for all tests of one class.</summary>
public sealed class ServerFixture<TTests> : IAsyncLifetime, ILab
    where TTests : IServerTests
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly LabFolder _folder = new(TTests.Server.Name);
    private ServerBox? _box;
    private SmtpTestServer? _hop;
    private X509Certificate2? _certificate;
    private MailStore? _store;

    public LabServer Server => TTests.Server;

    public X509Certificate2 Certificate => _certificate!;

    public MailStore Store => _store!;

    public string Report() => _folder.Report();

    public async ValueTask InitializeAsync()
    {
        _certificate = ServerCertificate.Write(_folder.Certificate, _folder.Key);
        if (Server.HopPort != 0)
        {
            // Without DSN, so that the server itself reports what it has relayed.
            _hop = SmtpTestServer.Start(
                new() { Port = Server.HopPort, Tls = SmtpTestTlsMode.None, SizeLimit = null, KeepSessions = false, Dsn = false });
            foreach (var refusal in HopRefusal.All)
                _hop.Script.On(SmtpStep.RcptTo, $"<{refusal.User}@").Reply(refusal.Code, refusal.Text);
        }
        _store = new MailStore(Server, _folder, _hop);
        _box = new ServerBox(Server, _folder);
        _box.Start();
        await WaitForGreetingAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _box?.Dispose();
        if (_hop is not null)
            await _hop.DisposeAsync();
        _certificate?.Dispose();
        _folder.Dispose();
    }

    public async Task DoAsync(string what)
    {
        await _box!.DoAsync(what);
        await WaitForGreetingAsync();
    }

    public Task RestartAsync() => _box!.DoAsync("restart");

    public void Freeze() => _box!.Freeze();

    public void Thaw() => _box!.Thaw();

    private async Task WaitForGreetingAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        try
        {
            foreach (var port in new[] { Server.Port, Server.ClearPort }.Where(p => p != 0))
                await Poll.UntilAsync(() => GreetAsync(port), StartLimit, limit.Token);
            // The pages of a server may come later than its greeting.
            if (Server.WebStore is { } pages)
                await Poll.UntilAsync(() => AskAsync(pages), StartLimit, limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Server} does not greet.\n{Report()}");
        }
        if (_box!.HasEnded)
            throw new InvalidOperationException($"{Server} has ended.\n{Report()}");
    }

    private static async Task<IReadOnlyList<StoredCopy>?> AskAsync(IWebStore pages)
    {
        try
        {
            return await pages.ReadAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<string?> GreetAsync(int port)
    {
        if (_box!.HasEnded)
            return "";
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, limit.Token);
            var first = new byte[3];
            await client.GetStream().ReadExactlyAsync(first, limit.Token);
            return Encoding.ASCII.GetString(first) == "220" ? "220" : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
