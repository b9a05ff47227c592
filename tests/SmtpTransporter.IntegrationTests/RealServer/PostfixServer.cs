using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Postfix on loopback with Dovecot's logins. It takes mail from <see cref="User"/> for alice, bob and
/// carol@example.test, refuses everybody else with 550, and delivers to maildirs whose files the tests read.
/// All that it writes lies in one private folder, which goes when the tests are over.
/// </summary>
public sealed class PostfixServer : IAsyncLifetime
{
    private const string Packages = "apt-get install postfix dovecot-core; or leave these tests out with -p:RealServers=off";
    private static readonly string[] Programs = ["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/bin/doveadm"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(30);

    private ServerFolder? _folder;

    public string Host { get; } = "localhost";

    /// <summary>Plain at first; offers logins only after STARTTLS.</summary>
    public int StartTlsPort { get; private set; }

    /// <summary>Plain at first; refuses everything but STARTTLS until the line is encrypted.</summary>
    public int EncryptPort { get; private set; }

    /// <summary>TLS from the first byte.</summary>
    public int ImplicitTlsPort { get; private set; }

    /// <summary>The server's own certificate, self-signed, without its key.</summary>
    public X509Certificate2 Certificate { get; private set; } = null!;

    public string User { get; } = "alice";

    public string Password { get; } = "secret";

    /// <summary>All that Postfix has logged so far.</summary>
    public string Log => ServerFolder.Read(Folder.MailLog);

    private ServerFolder Folder => _folder ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>A fresh access token for <see cref="User"/>.</summary>
    public string Token() => JsonWebToken.Create(User, TimeSpan.FromHours(1));

    /// <summary>Waits until a mail that contains the text lies in the mailbox (alice, bob, carol), and returns its bytes.</summary>
    public async Task<byte[]> WaitForMailAsync(string mailbox, string messageIdOrToken)
    {
        var found = await Attempts.UntilAsync(
            () => Task.FromResult(Find(mailbox, messageIdOrToken)), DeliveryLimit, TestContext.Current.CancellationToken);
        return found ?? throw new TimeoutException($"No mail with '{messageIdOrToken}' came to {mailbox}.\n{Log}");
    }

    /// <summary>Waits until Postfix's log contains the text, and returns the log. Postfix writes it from another process.</summary>
    public async Task<string> WaitForLogAsync(string text)
    {
        var found = await Attempts.UntilAsync(
            () => Task.FromResult(Log is var log && log.Contains(text, StringComparison.Ordinal) ? log : null),
            DeliveryLimit, TestContext.Current.CancellationToken);
        return found ?? throw new TimeoutException($"Postfix never logged '{text}'.\n{Log}");
    }

    public async ValueTask InitializeAsync()
    {
        CheckMachine();
        _folder = ServerFolder.Create();
        try
        {
            await StartAsync();
        }
        catch (Exception e)
        {
            var report = Folder.Report();
            await DisposeAsync();
            throw new InvalidOperationException($"The real server did not start: {e.Message}\n{report}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is not { } folder) return;
        _folder = null;
        if (File.Exists(folder.PostfixPid)) await Command.TryRunAsync(folder.CommandLog, "/usr/sbin/postfix", "-c", folder.Postfix, "stop");
        if (File.Exists(folder.DovecotPid)) await Command.TryRunAsync(folder.CommandLog, "/usr/bin/doveadm", "-c", folder.DovecotConf, "stop");
        Certificate?.Dispose();
        folder.Delete();
    }

    private static void CheckMachine()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException($"The tests against real servers need Linux and root. {Packages}");
        if (Programs.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. {Packages}");
    }

    private async Task StartAsync()
    {
        Certificate = ServerCertificate.Write(Folder.Certificate, Folder.Key);
        var ports = LoopbackPorts.Pick(4);
        (StartTlsPort, EncryptPort, ImplicitTlsPort) = (ports[0], ports[1], ports[2]);

        DovecotFiles.Write(Folder, authPort: ports[3], User, Password);
        await Command.RunAsync(Folder.CommandLog, "/usr/sbin/dovecot", "-c", Folder.DovecotConf);
        PostfixFiles.Write(Folder, StartTlsPort, EncryptPort, ImplicitTlsPort, authPort: ports[3]);
        await Command.RunAsync(Folder.CommandLog, "/bin/chown", "postfix", Folder.PostfixData);
        await Command.RunAsync(Folder.CommandLog, "/usr/sbin/postfix", "-c", Folder.Postfix, "start");

        await WaitForAsync(ports[3], "VERSION");
        await WaitForAsync(StartTlsPort, "220 ");
        await WaitForAsync(EncryptPort, "220 ");
        await WaitForAsync(ImplicitTlsPort, "");
    }

    /// <summary>Waits until the port answers and its first words are the expected ones (none: it need only answer).</summary>
    private static async Task WaitForAsync(int port, string greeting)
    {
        var up = await Attempts.UntilAsync(() => GreetsAsync(port, greeting), StartLimit, CancellationToken.None);
        if (up is null) throw new TimeoutException($"port {port} did not answer '{greeting}' within {StartLimit.TotalSeconds} s.");
    }

    private static async Task<string?> GreetsAsync(int port, string greeting)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
            if (greeting.Length == 0) return "";
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            var first = new byte[greeting.Length];
            await client.GetStream().ReadExactlyAsync(first, limit.Token);
            return Encoding.ASCII.GetString(first) == greeting ? greeting : null;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private byte[]? Find(string mailbox, string text)
    {
        // Postfix moves a finished file from tmp to new: what lies there is whole.
        var arrived = Path.Combine(Folder.Mail, mailbox, "new");
        var wanted = Encoding.UTF8.GetBytes(text);
        return Directory.Exists(arrived)
            ? Directory.GetFiles(arrived).Select(File.ReadAllBytes).FirstOrDefault(b => b.AsSpan().IndexOf(wanted) >= 0)
            : null;
    }
}
