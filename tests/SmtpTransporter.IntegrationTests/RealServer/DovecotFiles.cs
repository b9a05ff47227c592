namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>The configuration of Dovecot 2.3: no mailboxes, only authentication for Postfix.</summary>
internal static class DovecotFiles
{
    public static void Write(ServerFolder folder, int authPort, string user, string password)
    {
        var users = Path.Combine(folder.Dovecot, "users");
        var oauth = Path.Combine(folder.Dovecot, "oauth2.conf");
        File.WriteAllText(users, $"{user}:{{PLAIN}}{password}::::::\n");
        File.WriteAllText(oauth, OAuth(folder));
        File.WriteAllText(folder.DovecotConf, Conf(folder, authPort, users, oauth));
        WriteKey(folder, "default", JsonWebToken.Secret);
    }

    /// <summary>Dovecot looks up the key by the claim azp, the algorithm and the key's id.</summary>
    public static void WriteKey(ServerFolder folder, string client, byte[] key)
    {
        var path = Path.Combine(folder.Keys, client, "HS256", "default");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, Convert.ToBase64String(key));
    }

    // Both active_ settings must be empty; one alone stops the service.
    private static string OAuth(ServerFolder folder) => $"""
        introspection_mode = local
        local_validation_key_dict = fs:posix:prefix={folder.Keys}/
        username_attribute = sub
        active_attribute =
        active_value =

        """;

    // Without the penalty socket and the delay, a wrong password is refused at once.
    private static string Conf(ServerFolder folder, int authPort, string users, string oauth) => $$"""
        base_dir = {{folder.Dovecot}}/run
        state_dir = {{folder.Dovecot}}/state
        log_path = {{folder.DovecotLog}}
        protocols =
        listen = 127.0.0.1
        ssl = no
        disable_plaintext_auth = no
        auth_verbose = yes
        auth_failure_delay = 0
        auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
        passdb {
          driver = passwd-file
          args = {{users}}
          mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
        }
        passdb {
          driver = oauth2
          mechanisms = xoauth2 oauthbearer
          args = {{oauth}}
        }
        userdb {
          driver = static
          args = uid=nobody gid=nogroup home={{folder.Mail}}
        }
        service auth {
          inet_listener {
            address = 127.0.0.1
            port = {{authPort}}
          }
        }
        service anvil {
          unix_listener anvil-auth-penalty {
            mode = 0
          }
        }

        """;
}
