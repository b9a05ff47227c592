namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>The configuration of Postfix: three ports, maildirs of example.test, and nothing sent to other machines.</summary>
internal static class PostfixFiles
{
    /// <summary>The lines of master.cf that every server needs, without its ports and what it delivers with.</summary>
    public const string Services = """
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        tlsmgr unix - - n 1000? 1 tlsmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        verify unix - - n - 1 verify
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        error unix - - n - - error
        retry unix - - n - - error
        anvil unix - - n - 1 anvil
        postlog unix-dgram n - n - 1 postlogd
        """;

    public static void Write(ServerFolder folder, int startTlsPort, int encryptPort, int implicitTlsPort, int authPort)
    {
        // Postfix delivers as the user nobody.
        File.SetUnixFileMode(folder.Mail, (UnixFileMode)0b111_111_111);
        File.WriteAllText(Path.Combine(folder.Postfix, "main.cf"), MainFile(folder, authPort));
        File.WriteAllText(Path.Combine(folder.Postfix, "master.cf"), MasterFile(startTlsPort, encryptPort, implicitTlsPort));
    }

    private static string MainFile(ServerFolder folder, int authPort) => $$"""
        compatibility_level = 3.6
        queue_directory = {{folder.PostfixQueue}}
        data_directory = {{folder.PostfixData}}
        maillog_file = {{folder.MailLog}}
        maillog_file_prefixes = {{Path.GetDirectoryName(folder.MailLog)}}
        myhostname = mail.example.test
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        smtpd_peername_lookup = no
        mydestination =
        mynetworks =
        alias_maps =
        alias_database =
        local_recipient_maps =
        default_transport = error:nothing leaves this machine
        relay_transport = error:nothing leaves this machine

        virtual_mailbox_domains = example.test
        virtual_mailbox_base = {{folder.Mail}}
        virtual_mailbox_maps = inline:{ alice@example.test=alice/, bob@example.test=bob/, carol@example.test=carol/ }
        virtual_uid_maps = static:65534
        virtual_gid_maps = static:65534

        smtpd_sasl_type = dovecot
        smtpd_sasl_path = inet:127.0.0.1:{{authPort}}
        smtpd_sasl_auth_enable = yes
        smtpd_tls_auth_only = yes
        smtpd_tls_cert_file = {{folder.Certificate}}
        smtpd_tls_key_file = {{folder.Key}}
        smtpd_tls_security_level = may
        smtpd_relay_restrictions = permit_sasl_authenticated, reject
        smtpd_recipient_restrictions = reject_unlisted_recipient, permit_sasl_authenticated, reject
        smtpd_error_sleep_time = 0
        smtpd_forbid_bare_newline = reject
        smtpd_forbid_bare_newline_exclusions =

        """;

    private static string MasterFile(int startTlsPort, int encryptPort, int implicitTlsPort) => $"""
        127.0.0.1:{startTlsPort} inet n - n - - smtpd -o syslog_name=postfix/starttls
        127.0.0.1:{encryptPort} inet n - n - - smtpd -o syslog_name=postfix/encrypt -o smtpd_tls_security_level=encrypt
        127.0.0.1:{implicitTlsPort} inet n - n - - smtpd -o syslog_name=postfix/implicit -o smtpd_tls_wrappermode=yes
        {Services}
        virtual unix - n n - - virtual

        """;
}
