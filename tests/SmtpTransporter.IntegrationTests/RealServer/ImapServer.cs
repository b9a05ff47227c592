using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Dovecot with mailboxes for IMAP: every user has the same password, an empty INBOX and a folder "Done".
/// </summary>
public sealed class ImapServer() : DovecotServer("dovecot-imapd", "/usr/lib/dovecot/imap")
{
    public const string Password = "open-sesame-17";

    private X509Certificate2? _certificate;

    /// <summary>The port that upgrades with STARTTLS, and accepts clear text.</summary>
    public int Port { get; private set; }

    /// <summary>The port with TLS from the first byte.</summary>
    public int TlsPort { get; private set; }

    public X509Certificate2 Certificate => _certificate ?? throw new InvalidOperationException("The server was not started.");

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

    public override async ValueTask DisposeAsync()
    {
        _certificate?.Dispose();
        await base.DisposeAsync();
    }

    protected override int PickPorts()
    {
        var ports = LoopbackPorts.Pick(2);
        (Port, TlsPort) = (ports[0], ports[1]);
        return TlsPort;
    }

    protected override string Configure()
    {
        _certificate = ServerCertificate.Write(Folder.Certificate, Folder.Key);
        return Configuration();
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
}
