namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Dovecot that takes messages by LMTP, for any user, and shows them by IMAP in clear text. Extensions of addresses are cut off.
/// </summary>
internal sealed class ReportMailbox() : DovecotServer("dovecot-imapd dovecot-lmtpd", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp")
{
    public const string Password = "open-sesame-18";

    /// <summary>The port of IMAP.</summary>
    public int ImapPort { get; private set; }

    /// <summary>The port of LMTP.</summary>
    public int LmtpPort { get; private set; }

    protected override int PickPorts()
    {
        var ports = LoopbackPorts.Pick(2);
        (ImapPort, LmtpPort) = (ports[0], ports[1]);
        return ImapPort;
    }

    // A reader that was killed may be there for a moment.
    protected override string Configure() => $$"""
        base_dir = {{Folder.Dovecot}}/run
        state_dir = {{Folder.Dovecot}}/state
        log_path = {{Folder.DovecotLog}}
        protocols = imap lmtp
        listen = 127.0.0.1
        ssl = no
        disable_plaintext_auth = no
        auth_mechanisms = plain scram-sha-256
        auth_username_format = %Ln
        mail_location = maildir:~/Maildir
        mail_max_userip_connections = 100
        passdb {
          driver = static
          args = password={{Password}}
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home={{Folder.Mail}}/%n allow_all_users=yes
        }
        namespace inbox {
          inbox = yes
        }
        service imap-login {
          service_count = 0
          process_min_avail = 1
          inet_listener imap {
            address = 127.0.0.1
            port = {{ImapPort}}
          }
        }
        service lmtp {
          inet_listener lmtp {
            address = 127.0.0.1
            port = {{LmtpPort}}
          }
        }

        """;
}
