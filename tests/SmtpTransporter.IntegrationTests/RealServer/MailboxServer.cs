using System.Net.Sockets;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Dovecot that delivers by LMTP, over TCP and over a Unix socket, into the maildirs of ann, bob and carl; bob's has a quota of 100
/// bytes. It writes to one private folder, which is deleted after the tests.
/// </summary>
public sealed class MailboxServer : IAsyncLifetime
{
    private const string Packages = "apt-get install dovecot-core dovecot-lmtpd; or skip these tests with -p:RealServers=off";
    private static readonly string[] Programs = ["/usr/sbin/dovecot", "/usr/bin/doveadm", "/usr/lib/dovecot/lmtp"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private ServerFolder? _folder;

    public int Port { get; private set; }

    /// <summary>The path of the Unix socket.</summary>
    public string Socket => Path.Combine(Folder.Dovecot, "run", "mailboxes");

    private ServerFolder Folder => _folder ?? throw new InvalidOperationException("The server was not started.");

    private string Users => Path.Combine(Folder.Dovecot, "users");

    /// <summary>The messages in the mailbox that contain the text. The server has answered for them, so they are there.</summary>
    public IReadOnlyList<string> Find(string mailbox, string text)
    {
        var folder = Path.Combine(Folder.Mail, mailbox, "Maildir", "new");
        return !Directory.Exists(folder) ? [] :
            [.. Directory.GetFiles(folder).Select(File.ReadAllText).Where(m => m.Contains(text, StringComparison.Ordinal))];
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
            Port = LoopbackPorts.Pick(1)[0];
            File.WriteAllText(Users, $"{Line("ann")}\n{Line("bob")}userdb_quota_rule=*:bytes=100\n{Line("carl")}\n");
            File.WriteAllText(Folder.DovecotConf, Configuration());
            await Command.RunAsync(Folder.CommandLog, "/bin/chown", "nobody:nogroup", Folder.Mail);
            await Command.RunAsync(Folder.CommandLog, "/usr/sbin/dovecot", "-c", Folder.DovecotConf);
            if (await Poll.UntilAsync(IsListeningAsync, StartLimit, CancellationToken.None) is null)
                throw new TimeoutException($"Port {Port} did not answer within {StartLimit.TotalSeconds} s.");
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
        if (_folder is not { } folder)
            return;
        _folder = null;
        if (File.Exists(folder.DovecotPid))
            await Command.TryRunAsync(folder.CommandLog, "/usr/bin/doveadm", "-c", folder.DovecotConf, "stop");
        folder.Delete();
    }

    private string Line(string user) => $"{user}:{{PLAIN}}secret:65534:65534::{Path.Combine(Folder.Mail, user)}::";

    private string Configuration() => $$"""
        base_dir = {{Folder.Dovecot}}/run
        state_dir = {{Folder.Dovecot}}/state
        log_path = {{Folder.DovecotLog}}
        protocols = lmtp
        listen = 127.0.0.1
        ssl = no
        auth_username_format = %Ln
        mail_location = maildir:~/Maildir
        mail_plugins = quota
        plugin {
          quota = maildir:User quota
        }
        passdb {
          driver = passwd-file
          args = {{Users}}
        }
        userdb {
          driver = passwd-file
          args = {{Users}}
        }
        service lmtp {
          inet_listener lmtp {
            address = 127.0.0.1
            port = {{Port}}
          }
          unix_listener mailboxes {
            mode = 0666
          }
        }

        """;

    private async Task<string?> IsListeningAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            return File.Exists(Socket) ? "" : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
