namespace SmtpTransport.ReaderLab;

/// <summary>The programs that read.</summary>
internal static class Readers
{
    private const string Python = "/usr/bin/python3";
    private const string Perl = "/usr/bin/perl";

    public static IReadOnlyList<Reader> All { get; } =
    [
        new("python-email", Python, "python_email.py"),
        new("gmime", Python, "gmime.py"),
        new("mblaze", Python, "mblaze.py"),
        new("munpack", Python, "munpack.py"),
        new("ripmime", Python, "ripmime.py", IsOrdered: false),
        new("reformime", Python, "reformime.py"),
        new("nmh", Python, "nmh.py"),
        new("notmuch", Python, "notmuch.py"),
        new("mime-tools", Perl, "mime_tools.pl"),
        new("email-mime", Perl, "email_mime.pl"),
        new("mail-message", Perl, "mail_message.pl", IsOrdered: false),
        new("ruby-mail", "ruby", "ruby_mail.rb"),
        new("mailparse", "php", "mailparse.php"),
        new("mailparser", "node", "mailparser.mjs"),
        new("postal-mime", "node", "postal_mime.mjs"),
        new("emailjs", "node", "emailjs.mjs"),
        new("letterparser", "node", "letterparser.mjs"),
        new("eml-parse-js", "node", "eml_parse_js.mjs"),
        new("jsmimeparser", "node", "jsmimeparser.mjs"),
        new("mail-parser-wasm", "node", "mail_parser_wasm.mjs"),
#if ALL_READERS
        new("mu", Python, "mu.py"),
        new("mailutils", Python, "mailutils.py"),
        new("s-nail", Python, "s_nail.py"),
#endif
    ];
}
