using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Dovecot with mailboxes for IMAP: every user has the same password, an empty INBOX and a folder "Done". It writes to one private
/// folder, which is deleted after the tests.
/// </summary>
public sealed class ImapServer : IAsyncLifetime
{
    public const string Password = "open-sesame-17";

    private const string Packages = "apt-get install dovecot-core dovecot-imapd; or skip these tests with -p:RealServers=off";
    private static readonly string[] Programs = ["/usr/sbin/dovecot", "/usr/bin/doveadm", "/usr/lib/dovecot/imap"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private ServerFolder? _folder;
    private X509Certificate2? _certificate;

    /// <summary>The port that upgrades with STARTTLS, and accepts clear text.</summary>
    public int Port { get; private set; }

    /// <summary>The port with TLS from the first byte.</summary>
    public int TlsPort { get; private set; }

    public X509Certificate2 Certificate => _certificate ?? throw new InvalidOperationException("The server was not started.");

    private ServerFolder Folder => _folder ?? throw new InvalidOperationException("The server was not started.");

    /// <summary>Removes the numbers of the messages, as if the mailbox was restored: the server gives new ones (UIDVALIDITY).</summary>
    public void Renumber(string user)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder.Mail, user, "Maildir"), "dovecot?*"))
        {
            var name = Path.GetFileName(file);
            if (name.StartsWith("dovecot.index", StringComparison.Ordinal) || name == "dovecot-uidlist")
                File.Delete(file);
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            throw new InvalidOperationException($"The tests with real servers need Linux and root. {Packages}");
        if (Programs.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. {Packages}");
        _folder = ServerFolder.Create();
        try
        {
            _certificate = ServerCertificate.Write(Folder.Certificate, Folder.Key);
            var ports = LoopbackPorts.Pick(2);
            (Port, TlsPort) = (ports[0], ports[1]);
            File.WriteAllText(Folder.DovecotConf, Configuration());
            await Command.RunAsync(Folder.CommandLog, "/bin/chown", "nobody:nogroup", Folder.Mail);
            await Command.RunAsync(Folder.CommandLog, "/usr/sbin/dovecot", "-c", Folder.DovecotConf);
            if (await Poll.UntilAsync(IsListeningAsync, StartLimit, CancellationToken.None) is null)
                throw new TimeoutException($"Port {TlsPort} did not answer within {StartLimit.TotalSeconds} s.");
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
        _certificate?.Dispose();
        if (_folder is not { } folder)
            return;
        _folder = null;
        if (File.Exists(folder.DovecotPid))
            await Command.TryRunAsync(folder.CommandLog, "/usr/bin/doveadm", "-c", folder.DovecotConf, "stop");
        folder.Delete();
    }

    // Without the penalty socket and the delay, a wrong password is refused at once.
    private string Configuration() => $$"""
        base_dir = {{Folder.Dovecot}}/run
        state_dir = {{Folder.Dovecot}}/state
        log_path = {{Folder.DovecotLog}}
        protocols = imap
        listen = 127.0.0.1
        ssl = yes
        ssl_cert = <{{Folder.Certificate}}
        ssl_key = <{{Folder.Key}}
        disable_plaintext_auth = no
        auth_failure_delay = 0
        auth_mechanisms = plain scram-sha-256
        mail_location = maildir:~/Maildir
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home={{Folder.Mail}}/%u
        }
        namespace inbox {
          inbox = yes
          mailbox Done {
            auto = create
          }
        }
        # Processes that are there, and go on: a connection is open at once.
        service imap-login {
          service_count = 0
          process_min_avail = 1
          inet_listener imap {
            address = 127.0.0.1
            port = {{Port}}
          }
          inet_listener imaps {
            address = 127.0.0.1
            port = {{TlsPort}}
            ssl = yes
          }
        }
        service imap {
          service_count = 100
          process_min_avail = 2
        }
        service anvil {
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }

        """;

    private async Task<string?> IsListeningAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", TlsPort);
            return "";
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
