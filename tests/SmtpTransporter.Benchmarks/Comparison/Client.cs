namespace SmtpTransport.Benchmarks;

/// <summary>A contestant: its name in the tables, and the command that starts it.</summary>
/// <param name="Needs">The file that exists only if the client is installed; null for clients inside this program.</param>
/// <param name="WarmsUp">Whether it runs in a virtual machine that compiles during execution: then it sends thousands of messages before
/// any is counted.</param>
internal sealed record Client(string Name, string Title, IReadOnlyList<string> Command, string? Needs = null, bool WarmsUp = false)
{
    /// <summary>The client to which all ratios refer.</summary>
    public const string Base = "mailkit-async";

    public bool IsInstalled => Needs is null || File.Exists(Needs);

    public static IReadOnlyList<Client> All { get; } =
    [
        Own("mailkit-async", "MailKit, async, reused (base)"),
        Own("mailkit-sync", "MailKit, sync, reused"),
        Own("mailkit-each", "MailKit, async, one connection per message"),
        Own("ours-async", "**SmtpTransporter, async**"),
        Own("ours-sync", "**SmtpTransporter, sync**"),
        Own("ours-overlap-1", "**SmtpTransporter, Overlap = 1**"),
        Own("ours-overlap-8", "**SmtpTransporter, Overlap = 8**"),
        Own("ours-merge", "**SmtpTransporter, mail merge**"),
        Own("system-net-mail", "System.Net.Mail, async, reused"),
        new(
            "nodemailer", "nodemailer, pool", ["node", Peer("nodemailer.mjs")], Built("node_modules/nodemailer/package.json"),
            WarmsUp: true),
        new("go", "Go net/smtp, reused", [Built("gosmtp")], Built("gosmtp")),
        new("java", "JavaMail, reused", ["java", "-cp", JavaPath, "JavaMail"], Built("JavaMail.class"), WarmsUp: true),
        new("python", "Python smtplib, reused", ["python3", Peer("smtplib_peer.py")], Peer("smtplib_peer.py")),
        new("libcurl", "libcurl, reused", [Built("libcurl-peer")], Built("libcurl-peer")),
        new("smtp-source", "Postfix smtp-source -d", ["python3", Peer("smtp_source.py")], SmtpSource),
    ];

    private static string SmtpSource => "/usr/sbin/smtp-source";

    private static string JavaPath => $"{Artifacts.Peers}:/usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar";

    private static Client Own(string name, string title) =>
        new(name, title, ["dotnet", "exec", typeof(Client).Assembly.Location, "worker", name], WarmsUp: true);

    private static string Peer(string file) => Path.Combine(Artifacts.Sources, "Peers", file);

    private static string Built(string file) => Path.Combine(Artifacts.Peers, file);
}
