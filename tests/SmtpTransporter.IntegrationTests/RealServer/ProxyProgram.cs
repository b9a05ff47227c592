using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>A proxy of Debian's packages, on a port of 127.0.0.1.</summary>
internal sealed class ProxyProgram : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly string _folder;
    private readonly Process _process;

    private ProxyProgram(string folder, int port, Process process) => (_folder, Port, _process) = (folder, port, process);

    public int Port { get; }

    /// <summary>Microsocks speaks SOCKS 5, with or without a user and a password.</summary>
    public static Task<ProxyProgram> StartMicrosocksAsync(params string[] login) => StartAsync(
        "/usr/bin/microsocks", port => (
            "", ["-i", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), .. login]));

    /// <summary>Dante speaks SOCKS 4 and 5, but not 4A: it takes the address that stands for a name as it is.</summary>
    public static Task<ProxyProgram> StartDanteAsync(int forbiddenPort) => StartAsync(
        "/usr/sbin/danted", port => (
            string.Create(CultureInfo.InvariantCulture, $$"""
                logoutput: /dev/null
                internal: 127.0.0.1 port = {{port}}
                external: lo
                clientmethod: none
                socksmethod: none
                user.privileged: root
                user.unprivileged: nobody
                client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
                socks block { from: 127.0.0.0/8 to: 0.0.0.0/0 port = {{forbiddenPort}} }
                socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 protocol: tcp }

                """),
            ["-f", "conf", "-p", "pid"]));

    /// <summary>Tinyproxy speaks HTTP.</summary>
    public static Task<ProxyProgram> StartTinyproxyAsync(params string[] settings) => StartAsync(
        "/usr/bin/tinyproxy", port => (
            string.Create(CultureInfo.InvariantCulture, $"Port {port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\n")
            + string.Concat(settings.Select(s => $"{s}\n")),
            ["-d", "-c", "conf"]));

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ProxyProgram> StartAsync(string program, Func<int, (string Settings, string[] Arguments)> configure)
    {
        if (!File.Exists(program))
            throw new InvalidOperationException($"{program} is missing: apt-get install microsocks dante-server tinyproxy");
        var folder = Directory.CreateTempSubdirectory("proxy").FullName;
        var port = LoopbackPorts.Pick(1)[0];
        var (settings, arguments) = configure(port);
        await File.WriteAllTextAsync(Path.Combine(folder, "conf"), settings, TestContext.Current.CancellationToken);
        var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var proxy = new ProxyProgram(folder, port, process);
        if (await Poll.UntilAsync(() => AcceptsAsync(port), StartLimit, TestContext.Current.CancellationToken) is not null)
            return proxy;
        proxy.Dispose();
        throw new InvalidOperationException($"{program} did not listen.");
    }

    private static async Task<string?> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return "yes";
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
