using System.Net.Sockets;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>A real Dovecot. It writes to one private folder, which is deleted after the tests.</summary>
/// <param name="package">The packages of Debian with the protocols.</param>
/// <param name="programs">The programs of the protocols.</param>
public abstract class DovecotServer(string package, params string[] programs) : IAsyncLifetime
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private ServerFolder? _folder;

    private protected ServerFolder Folder => _folder ?? throw new InvalidOperationException("The server was not started.");

    private string Packages => $"apt-get install dovecot-core {package}; or skip these tests with -p:RealServers=off";

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException($"The tests with real servers need Linux and root. {Packages}");
        string[] all = ["/usr/sbin/dovecot", "/usr/bin/doveadm", .. programs];
        if (all.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. {Packages}");
        _folder = ServerFolder.Create();
        try
        {
            var port = PickPorts();
            await File.WriteAllTextAsync(Folder.DovecotConf, Configure());
            await Command.RunAsync(Folder.CommandLog, "/bin/chown", "nobody:nogroup", Folder.Mail);
            await Command.RunAsync(Folder.CommandLog, "/usr/sbin/dovecot", "-c", Folder.DovecotConf);
            if (await Poll.UntilAsync(() => IsListeningAsync(port), StartLimit, CancellationToken.None) is null)
                throw new TimeoutException($"Port {port} did not answer within {StartLimit.TotalSeconds} s.");
        }
        catch (Exception exception)
        {
            var report = Folder.Report();
            await DisposeAsync();
            throw new InvalidOperationException($"The real server did not start: {exception.Message}\n{report}", exception);
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_folder is not { } folder)
            return;
        _folder = null;
        if (File.Exists(folder.DovecotPid))
            await Command.TryRunAsync(folder.CommandLog, "/usr/bin/doveadm", "-c", folder.DovecotConf, "stop");
        folder.Delete();
    }

    /// <summary>Picks the ports, and returns the one that answers once the server has started.</summary>
    protected abstract int PickPorts();

    /// <summary>Writes the files that the configuration names, and returns the configuration.</summary>
    protected abstract string Configure();

    /// <summary>Whether all else is there besides the port.</summary>
    protected virtual bool IsReady => true;

    private async Task<string?> IsListeningAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            return IsReady ? "" : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
