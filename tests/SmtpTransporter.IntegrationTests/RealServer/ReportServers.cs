using SmtpTransport.Feedback;

namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>
/// The way of an email and of what comes back: a Postfix of the shop, which takes emails and gives those to other domains to the Postfix of
/// far.example; that one refuses some recipients. The reports go into mailboxes of shop.example.
/// </summary>
public sealed class ReportServers : IAsyncLifetime
{
    // In words of its own, which differ for each recipient.
    private const string Refusals = """
        /^(gone[0-9]+)@/ 550 5.1.1 $1 has moved to the moon
        /^(slow[0-9]+)@/ 450 4.2.1 $1 is asleep until spring

        """;

    private readonly ReportMailbox _mailboxes = new();
    private RelayServer? _own;
    private RelayServer? _far;

    /// <summary>The port that takes the emails.</summary>
    public int Port { get; private set; }

    /// <summary>The port of IMAP.</summary>
    public int ImapPort => _mailboxes.ImapPort;

    /// <summary>All logs of the servers.</summary>
    public string Log => $"--- shop.example\n{_own?.Log}\n--- far.example\n{_far?.Log}";

    /// <summary>The words of the remote server about a recipient that it refuses.</summary>
    public static string WordsAbout(string name) => $"{name} has moved to the moon";

    /// <summary>How often an address was given to the remote server, which refused it.</summary>
    public int CountRefusals(string address) =>
        Lines().Count(l => l.Contains($" 550 5.1.1 <{address}>: ", StringComparison.Ordinal));

    /// <summary>The mailbox for <c>USER@shop.example</c>.</summary>
    public FeedbackMailboxOptions MailboxOf(string user, int? port = null) => new()
    {
        Server = new ServerOptions
        {
            Host = "127.0.0.1",
            Port = port ?? ImapPort,
            User = user,
            Password = ReportMailbox.Password,
            AcceptUnsecureConnection = true,
        },
        IdleRenewal = TimeSpan.FromMinutes(28),
    };

    /// <summary>Whether the remote server has put a message for an address into its mailbox.</summary>
    public bool HasDelivered(string address) => Lines().Any(l =>
        l.Contains($" to=<{address}>,", StringComparison.Ordinal)
        && l.Contains("status=sent (delivered to maildir)", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        string[] programs = ["/usr/sbin/postfix", "/usr/lib/postfix/sbin/lmtp"];
        if (programs.Where(p => !File.Exists(p)).ToArray() is { Length: > 0 } missing)
            throw new InvalidOperationException($"Missing: {string.Join(", ", missing)}. apt-get install postfix");
        await _mailboxes.InitializeAsync();
        try
        {
            var ports = LoopbackPorts.Pick(2);
            Port = ports[0];
            _own = await RelayServer.StartAsync(
                "shop.example", ports[0], ports[1], $"lmtp:inet:127.0.0.1:{_mailboxes.LmtpPort}", refusals: "");
            _far = await RelayServer.StartAsync("far.example", ports[1], ports[0], "virtual", Refusals);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
            await _own.DisposeAsync();
        if (_far is not null)
            await _far.DisposeAsync();
        await _mailboxes.DisposeAsync();
    }

    private string[] Lines() => _far!.Log.Split('\n');
}
