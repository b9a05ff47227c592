namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// A real Postfix that takes everything from this machine, delivers what is for its own domain, and gives the rest to one other server. It
/// writes to one private folder, which is deleted after the tests.
/// </summary>
internal sealed class RelayServer : IAsyncDisposable
{
    private readonly ServerFolder _folder;

    private RelayServer(ServerFolder folder) => _folder = folder;

    /// <summary>The log.</summary>
    public string Log => ServerFolder.Read(_folder.MailLog);

    /// <param name="domain">Its domain, which the name of the host begins with "mx." for.</param>
    /// <param name="port">Its port on loopback.</param>
    /// <param name="nextPort">The port of the other server.</param>
    /// <param name="transport">What delivers to the own domain, such as <c>lmtp:inet:127.0.0.1:24</c>; "virtual" for a Maildir.</param>
    /// <param name="refusals">Lines of a table of regexp: which recipients are refused, and in which words.</param>
    public static async Task<RelayServer> StartAsync(string domain, int port, int nextPort, string transport, string refusals)
    {
        var server = new RelayServer(ServerFolder.Create());
        var folder = server._folder;
        try
        {
            File.SetUnixFileMode(folder.Mail, (UnixFileMode)0b111_111_111);
            await File.WriteAllTextAsync(Path.Combine(folder.Postfix, "refusals"), refusals);
            await File.WriteAllTextAsync(Path.Combine(folder.Postfix, "main.cf"), MainFile(folder, domain, nextPort, transport));
            await File.WriteAllTextAsync(Path.Combine(folder.Postfix, "master.cf"), MasterFile(port));
            await Command.RunAsync(folder.CommandLog, "/bin/chown", "postfix", folder.PostfixData);
            await Command.RunAsync(folder.CommandLog, "/usr/sbin/postfix", "-c", folder.Postfix, "start");
            await PortProbe.WaitForAsync(port, "220 ");
            return server;
        }
        catch (Exception exception)
        {
            var report = folder.Report();
            await server.DisposeAsync();
            throw new InvalidOperationException($"The real server did not start: {exception.Message}\n{report}", exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(_folder.PostfixPid))
            await Command.TryRunAsync(_folder.CommandLog, "/usr/sbin/postfix", "-c", _folder.Postfix, "stop");
        _folder.Delete();
    }

    // It warns of a delay after a second, and tries again every few seconds.
    private static string MainFile(ServerFolder folder, string domain, int nextPort, string transport) => $$"""
        compatibility_level = 3.6
        queue_directory = {{folder.PostfixQueue}}
        data_directory = {{folder.PostfixData}}
        maillog_file = {{folder.MailLog}}
        maillog_file_prefixes = {{Path.GetDirectoryName(folder.MailLog)}}
        myhostname = mx.{{domain}}
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        smtpd_peername_lookup = no
        smtp_host_lookup = native
        mydestination =
        mynetworks = 127.0.0.0/8
        alias_maps =
        alias_database =
        local_recipient_maps =
        recipient_delimiter = +
        default_transport = smtp:[127.0.0.1]:{{nextPort}}

        virtual_mailbox_domains = {{domain}}
        virtual_mailbox_maps = static:all/
        virtual_transport = {{transport}}
        virtual_mailbox_base = {{folder.Mail}}
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534

        smtpd_relay_restrictions = permit_mynetworks, reject
        smtpd_recipient_restrictions = check_recipient_access regexp:{{folder.Postfix}}/refusals, permit_mynetworks, reject
        smtpd_error_sleep_time = 0
        smtpd_soft_error_limit = 1000
        smtpd_hard_error_limit = 1000
        in_flow_delay = 0
        delay_warning_time = 1s
        queue_run_delay = 2s
        minimal_backoff_time = 2s
        maximal_backoff_time = 4s

        """;

    private static string MasterFile(int port) => $"""
        127.0.0.1:{port} inet n - n - - smtpd
        smtp unix - - n - - smtp
        lmtp unix - - n - - lmtp
        scache unix - - n - 1 scache
        virtual unix - n n - - virtual
        {PostfixFiles.Services}

        """;
}
