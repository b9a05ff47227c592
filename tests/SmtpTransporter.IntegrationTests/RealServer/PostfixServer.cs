using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Postfix on loopback that authenticates through Dovecot. It accepts mail from <see cref="User"/> for alice, bob and
/// carol@example.test, refuses all other recipients with 550, and delivers to maildirs whose files the tests read. It writes to one private
/// folder, which is deleted after the tests.
/// </summary>
public class PostfixServer : IAsyncLifetime
{
    private const string Packages = "apt-get install postfix dovecot-core; or skip these tests with -p:RealServers=off";
    private static readonly string[] Programs = ["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/bin/doveadm"];
    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(30);

    private ServerFolder? _folder;

    public string Host { get; } = "localhost";

    /// <summary>The port that begins in clear text and offers AUTH only after STARTTLS.</summary>
    public int StartTlsPort { get; private set; }

    /// <summary>The port that begins in clear text and refuses everything except STARTTLS.</summary>
    public int EncryptPort { get; private set; }

    /// <summary>The port with TLS from the first byte.</summary>
    public int ImplicitTlsPort { get; private set; }

    /// <summary>The self-signed certificate of the server, without its key.</summary>
    public X509Certificate2 Certificate { get; private set; } = null!;

    public string User { get; } = "alice";

    public string Password { get; } = "secret";

    /// <summary>The log of Postfix.</summary>
    public string Log => ServerFolder.Read(Folder.MailLog);

    /// <summary>The log of Dovecot's authentication.</summary>
    public string AuthenticationLog => ServerFolder.Read(Folder.DovecotLog);

    private ServerFolder Folder => _folder ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Creates an access token for <see cref="User"/>.</summary>
    public string CreateToken() => JsonWebToken.Create(User, TimeSpan.FromHours(1));

    /// <summary>Lets the server accept the tokens (HS256) that are issued for a client with this key.</summary>
    public void TrustTokens(string clientId, IEnumerable<byte> key) => DovecotFiles.WriteKey(Folder, clientId, [.. key]);

    /// <summary>Waits until the mailbox (alice, bob, carol) has a message that contains the text, and returns its bytes.</summary>
    public async Task<byte[]> WaitForMessageAsync(string mailbox, string text)
    {
        var found = await Poll.UntilAsync(
            () => Task.FromResult(Find(mailbox, text)), DeliveryLimit, TestContext.Current.CancellationToken);
        return found ?? throw new TimeoutException($"No message with '{text}' was delivered to {mailbox}.\n{Log}");
    }

    /// <summary>Waits until the log of Postfix contains the text, and returns the log.</summary>
    public async Task<string> WaitForLogAsync(string text)
    {
        var found = await Poll.UntilAsync(
            () => Task.FromResult(Log is var log && log.Contains(text, StringComparison.Ordinal) ? log : null),
            DeliveryLimit, TestContext.Current.CancellationToken);
        return found ?? throw new TimeoutException($"Postfix did not log '{text}'.\n{Log}");
    }

    public async ValueTask InitializeAsync()
    {
        ThrowIfUnsupported();
        _folder = ServerFolder.Create();
        try
        {
            await StartAsync();
        }
        catch (Exception exception)
        {
            var report = Folder.Report();
            await DisposeAsync();
            throw new InvalidOperationException($"The real server did not start: {exception.Message}\n{report}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await StopAuthenticationAsync();
        if (_folder is not { } folder)
            return;
        _folder = null;
        if (File.Exists(folder.PostfixPid))
            await Command.TryRunAsync(folder.CommandLog, "/usr/sbin/postfix", "-c", folder.Postfix, "stop");
        if (File.Exists(folder.DovecotPid))
            await Command.TryRunAsync(folder.CommandLog, "/usr/bin/doveadm", "-c", folder.DovecotConf, "stop");
        Certificate?.Dispose();
        folder.Delete();
    }

    /// <summary>Prepares what Dovecot needs for further mechanisms.</summary>
    /// <param name="folder">A folder for it.</param>
    /// <param name="log">Takes the output of commands.</param>
    /// <returns>Further settings of Dovecot.</returns>
    protected virtual Task<string> PrepareAuthenticationAsync(string folder, string log) => Task.FromResult("");

    protected virtual Task StopAuthenticationAsync() => Task.CompletedTask;

    private static void ThrowIfUnsupported()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException($"The tests with real servers need Linux and root. {Packages}");
        if (Programs.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. {Packages}");
    }

    private async Task StartAsync()
    {
        Certificate = ServerCertificate.Write(Folder.Certificate, Folder.Key);
        var ports = LoopbackPorts.Pick(4);
        (StartTlsPort, EncryptPort, ImplicitTlsPort) = (ports[0], ports[1], ports[2]);

        DovecotFiles.Write(
            Folder, authPort: ports[3], User, Password, await PrepareAuthenticationAsync(Folder.Dovecot, Folder.CommandLog));
        await Command.RunAsync(Folder.CommandLog, "/usr/sbin/dovecot", "-c", Folder.DovecotConf);
        PostfixFiles.Write(Folder, StartTlsPort, EncryptPort, ImplicitTlsPort, authPort: ports[3]);
        await Command.RunAsync(Folder.CommandLog, "/bin/chown", "postfix", Folder.PostfixData);
        await Command.RunAsync(Folder.CommandLog, "/usr/sbin/postfix", "-c", Folder.Postfix, "start");

        await PortProbe.WaitForAsync(ports[3], "VERSION");
        await PortProbe.WaitForAsync(StartTlsPort, "220 ");
        await PortProbe.WaitForAsync(EncryptPort, "220 ");
        await PortProbe.WaitForAsync(ImplicitTlsPort, "");
    }

    private byte[]? Find(string mailbox, string text)
    {
        // Postfix moves a finished file from tmp to new, so the files there are complete.
        var arrived = Path.Combine(Folder.Mail, mailbox, "new");
        var wanted = Encoding.UTF8.GetBytes(text);
        return Directory.Exists(arrived)
            ? Directory.GetFiles(arrived).Select(File.ReadAllBytes).FirstOrDefault(b => b.AsSpan().IndexOf(wanted) >= 0)
            : null;
    }
}
