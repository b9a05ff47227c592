namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Dovecot that delivers by LMTP, over TCP and over a Unix socket, into the maildirs of ann, bob and carl; bob's has a quota of 100
/// bytes.
/// </summary>
public sealed class MailboxServer() : DovecotServer("dovecot-lmtpd", "/usr/lib/dovecot/lmtp")
{
    public int Port { get; private set; }

    /// <summary>The path of the Unix socket.</summary>
    public string Socket => Path.Combine(Folder.Dovecot, "run", "mailboxes");

    private string Users => Path.Combine(Folder.Dovecot, "users");

    /// <summary>The messages in the mailbox that contain the text. The server has answered for them, so they are there.</summary>
    public IReadOnlyList<string> Find(string mailbox, string text)
    {
        var folder = Path.Combine(Folder.Mail, mailbox, "Maildir", "new");
        return !Directory.Exists(folder) ? [] :
            [.. Directory.GetFiles(folder).Select(File.ReadAllText).Where(m => m.Contains(text, StringComparison.Ordinal))];
    }

    protected override bool IsReady => File.Exists(Socket);

    protected override int PickPorts() => Port = LoopbackPorts.Pick(1)[0];

    protected override string Configure()
    {
        File.WriteAllText(Users, $"{Line("ann")}\n{Line("bob")}userdb_quota_rule=*:bytes=100\n{Line("carl")}\n");
        return Configuration();
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
}
