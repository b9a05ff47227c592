using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using SmtpTransport.Feedback;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

/// <summary>Reading what came back from a mailbox of a real Dovecot.</summary>
public sealed class MailboxSourceTests(ImapServer server) : IClassFixture<ImapServer>
{
    private readonly string _user = $"u{Guid.NewGuid():N}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_tells_of_a_new_report_and_its_mark_outlives_the_reader()
    {
        await using var proxy = new ImapProxy(server.Port);
        await AppendAsync("first");
        await using (var mailbox = new FeedbackMailbox(Options(proxy.Port)))
        await using (var messages = mailbox.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation))
        {
            Assert.True(await messages.MoveNextAsync());
            await messages.Current.CompleteAsync(Cancellation);
            var next = messages.MoveNextAsync();
            await proxy.WaitForAsync("IDLE", Cancellation);
            await AppendAsync("second");

            Assert.True(await next);
            Assert.Equal("second@example.org", await AddressOfAsync(messages.Current));
        }

        // The second one was not completed; the first one was.
        await using var restarted = new FeedbackMailbox(Options(server.Port));
        Assert.Equal("second@example.org", await AddressOfAsync(Assert.Single(await ReadAsync(restarted))));
        Assert.Contains("AUTHENTICATE SCRAM-SHA-256", string.Join('\n', proxy.Seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_IDLE_is_asked()
    {
        await using var proxy = new ImapProxy(server.Port, hidden: "IDLE");
        await using var mailbox = new FeedbackMailbox(Options(proxy.Port) with { PollInterval = TimeSpan.FromSeconds(1) });
        await using var messages = mailbox.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        var next = messages.MoveNextAsync();
        await proxy.WaitForAsync("UID SEARCH", Cancellation);
        await AppendAsync("ann");

        Assert.True(await next);
        Assert.DoesNotContain("IDLE", proxy.Seen);
    }

    [Theory]
    [InlineData("UID SEARCH", false)]
    [InlineData("UID SEARCH", true)]
    [InlineData("UID FETCH", false)]
    [InlineData("UID FETCH", true)]
    [InlineData("UID STORE", false)]
    [InlineData("UID STORE", true)]
    public async Task A_connection_that_is_lost_in_the_middle_loses_no_report_and_brings_none_again(string command, bool isObeyed)
    {
        string[] names = ["ann", "bob", "carl"];
        await AppendAsync(names);
        await using var proxy = new ImapProxy(server.Port);
        // The second message, or the first search: once.
        var left = command == "UID SEARCH" ? 1 : 2;
        bool Cuts(string seen) => seen.StartsWith(command, StringComparison.Ordinal) && --left == 0;
        if (isObeyed)
            proxy.CutsAfter = Cuts;
        else
            proxy.CutsBefore = Cuts;

        var addresses = await HandleAllAsync(proxy.Port);

        Assert.Equal(names.Select(n => $"{n}@example.org"), addresses);
        await using var restarted = new FeedbackMailbox(Options(server.Port));
        Assert.Empty(await ReadAsync(restarted));
        Assert.True(left < 0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("MOVE")]
    public async Task A_completed_report_is_moved(string? hidden)
    {
        await using var proxy = new ImapProxy(server.Port, hidden);
        await AppendAsync("ann");
        await using var mailbox = new FeedbackMailbox(Options(proxy.Port) with { MoveTo = "Done" });

        await Assert.Single(await ReadAsync(mailbox)).CompleteAsync(Cancellation);

        Assert.Empty(await ReadAsync(mailbox));
        await using var done = new FeedbackMailbox(Options(server.Port) with { Folder = "Done", IsReadOnly = true });
        Assert.Single(await ReadAsync(done));
        await using var before = new FeedbackMailbox(Options(server.Port) with { IsReadOnly = true });
        Assert.Empty(await ReadAsync(before));
    }

    [Fact]
    public async Task After_the_mailbox_was_renumbered_what_was_completed_stays_so()
    {
        await AppendAsync("ann", "bob");
        string before;
        await using (var mailbox = new FeedbackMailbox(Options(server.Port)))
        {
            var messages = await ReadAsync(mailbox);
            await messages[0].CompleteAsync(Cancellation);
            before = messages[1].Id;
        }
        server.Renumber(_user);

        await using var again = new FeedbackMailbox(Options(server.Port));
        var message = Assert.Single(await ReadAsync(again));

        Assert.Equal("bob@example.org", await AddressOfAsync(message));
        Assert.NotEqual(before, message.Id);
    }

    [Fact]
    public async Task A_wrong_password_is_named_and_not_shown()
    {
        var options = Options(server.Port);
        await using var mailbox = new FeedbackMailbox(options with { Server = options.Server with { Password = "wrong horse" } });

        var exception = await Assert.ThrowsAsync<FeedbackMailboxException>(() => ReadAsync(mailbox));

        Assert.False(exception.IsTransient);
        Assert.Contains("Check the user and the password", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong horse", exception.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Over_TLS_only_a_trusted_certificate_is_accepted(bool isImplicit)
    {
        var options = Options(isImplicit ? server.TlsPort : server.Port);
        var secure = options.Server with { ImplicitTls = isImplicit, AcceptUnsecureConnection = false };
        await using var trusting = new FeedbackMailbox(options with { Server = secure });
        await using var other = new FeedbackMailbox(options with { Server = secure with { TrustedCertificates = [] } });

        var exception = await Assert.ThrowsAsync<FeedbackMailboxException>(() => ReadAsync(other));

        Assert.Empty(await ReadAsync(trusting));
        Assert.False(exception.IsTransient);
        Assert.Contains("The certificate of the server is not accepted", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Handles all reports as an application does that starts again after each failure.</summary>
    private async Task<List<string>> HandleAllAsync(int port)
    {
        var addresses = new List<string>();
        for (var isDone = false; !isDone;)
        {
            await using var mailbox = new FeedbackMailbox(Options(port));
            try
            {
                foreach (var message in await ReadAsync(mailbox))
                {
                    var address = await AddressOfAsync(message);
                    await message.CompleteAsync(Cancellation);
                    addresses.Add(address);
                }
                isDone = true;
            }
            catch (FeedbackMailboxException exception) when (exception.IsTransient)
            {
                // The next reader goes on.
            }
        }
        return addresses;
    }

    private static async Task<List<FeedbackMessage>> ReadAsync(FeedbackMailbox mailbox)
    {
        var messages = new List<FeedbackMessage>();
        await foreach (var message in mailbox.ReadAsync(Cancellation))
            messages.Add(message);
        return messages;
    }

    private static async Task<string> AddressOfAsync(FeedbackMessage message)
    {
        await using var stream = await message.OpenAsync(Cancellation);
        var feedback = await new FeedbackReader().ReadAsync(stream, Cancellation);
        return Assert.Single(feedback!.Recipients).Address;
    }

    private async Task AppendAsync(params string[] names)
    {
        using var client = new ImapClient();
        await client.ConnectAsync("127.0.0.1", server.Port, SecureSocketOptions.None, Cancellation);
        await client.AuthenticateAsync(_user, ImapServer.Password, Cancellation);
        foreach (var name in names)
        {
            using var stream = new MemoryStream(Encoding.ASCII.GetBytes(Report(name)));
            using var message = await MimeKit.MimeMessage.LoadAsync(stream, Cancellation);
            await client.Inbox!.AppendAsync(message, MessageFlags.None, Cancellation);
        }
        await client.DisconnectAsync(quit: true, Cancellation);
    }

    private static string Report(string name) =>
        "From: MAILER-DAEMON@mail.shop.example\nReturn-Path: <>\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nIt failed.\n"
        + "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.shop.example\n\n"
        + $"Final-Recipient: rfc822; {name}@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n";

    private FeedbackMailboxOptions Options(int port) => new()
    {
        Server = new ServerOptions
        {
            Host = "127.0.0.1",
            Port = port,
            User = _user,
            Password = ImapServer.Password,
            AcceptUnsecureConnection = true,
            TrustedCertificates = [server.Certificate],
        },
        PollInterval = TimeSpan.FromDays(1),
        IdleRenewal = TimeSpan.FromMinutes(28),
    };
}
