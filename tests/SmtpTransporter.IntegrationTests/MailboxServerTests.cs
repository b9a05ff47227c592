using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

/// <summary>LMTP (RFC 2033) with the mailboxes of a real Dovecot.</summary>
public sealed class MailboxServerTests(MailboxServer server) : IClassFixture<MailboxServer>
{
    /// <summary>Whether over the Unix socket, whether in chunks, whether asynchronously.</summary>
    public static MatrixTheoryData<bool, bool, bool> Ways => new([false, true], [false, true], [false, true]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Of_three_recipients_the_two_who_are_not_over_quota_have_the_message(bool overUnixSocket, bool inChunks, bool async)
    {
        await using var transporter = new SmtpTransporter(Options(overUnixSocket, inChunks));
        var email = NewEmail("ann@x.test, bob@x.test, carl@x.test");

        var result = async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);

        Assert.True(result.Outcome == Outcome.PartiallyAccepted, Describe(result));
        Assert.Equal(
            [RecipientState.Accepted, RecipientState.Refused, RecipientState.Accepted], result.Recipients.Select(r => r.State));
        Assert.Equal((552, new EnhancedStatus(5, 2, 2)), (result.Recipients[1].Status, result.Recipients[1].EnhancedStatus));
        Assert.Contains("Quota exceeded", result.Recipients[1].StatusText, StringComparison.Ordinal);
        Assert.Single(server.Find("ann", result.MessageId));
        Assert.Empty(server.Find("bob", result.MessageId));
        Assert.Single(server.Find("carl", result.MessageId));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_recipient_without_a_mailbox_is_refused_before_the_message(bool overUnixSocket, bool inChunks, bool async)
    {
        await using var transporter = new SmtpTransporter(Options(overUnixSocket, inChunks));
        var email = NewEmail("zed@x.test, ann@x.test");

        var result = async ? await transporter.SendAsync(email, Cancellation) : transporter.Send(email, Cancellation);
        var none = await transporter.SendAsync(NewEmail("zed@x.test"), Cancellation);

        Assert.True(result.Outcome == Outcome.PartiallyAccepted, Describe(result));
        Assert.Equal([550, 250], result.Recipients.Select(r => r.Status));
        Assert.Single(server.Find("ann", result.MessageId));
        Assert.Equal((Outcome.Refused, 550), (none.Outcome, none.Status));
    }

    [Fact]
    public async Task A_large_message_and_a_hundred_small_ones_arrive_octet_for_octet()
    {
        await using var transporter = new SmtpTransporter(Options(overUnixSocket: true, inChunks: true));
        var large = NewEmail("carl@x.test");
        large.TextBody = string.Concat(Enumerable.Repeat(".a line that begins with a dot\r\n", 60_000));

        var sent = await transporter.SendAsync(large, Cancellation);
        var accepted = 0;
        await foreach (var one in transporter.SendManyAsync(
            Enumerable.Range(0, 100).Select(_ => NewEmail("ann@x.test, carl@x.test")), cancellationToken: Cancellation))
            accepted += one.Result.Success ? 1 : 0;

        Assert.True(sent.Success, Describe(sent));
        Assert.Contains("\n.a line that begins with a dot", Assert.Single(server.Find("carl", sent.MessageId)), StringComparison.Ordinal);
        Assert.Equal(100, accepted);
    }

    [Fact]
    public async Task A_check_reports_what_the_server_offers()
    {
        await using var transporter = new SmtpTransporter(Options(overUnixSocket: true, inChunks: true));

        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.True(status.Success, status.ToString());
        Assert.Contains("CHUNKING", status.Capabilities);
    }

    [Fact]
    public async Task A_client_of_SMTP_is_refused()
    {
        await using var transporter = new SmtpTransporter(
            Options(overUnixSocket: false, inChunks: true) with { Protocol = MailProtocol.Smtp });

        var result = await transporter.SendAsync(NewEmail("ann@x.test"), Cancellation);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.NotEqual(0, result.Status);
    }

    private static Email NewEmail(string to) => new()
    {
        From = "me@example.test",
        To = to,
        Subject = "Monthly report",
        TextBody = string.Concat(Enumerable.Repeat("The figures follow.\n", 20)),
        MessageId = $"{Guid.NewGuid():N}@example.test",
    };

    private static string Describe(SendResult result) => string.Join('\n', [result.ToString(), .. result.Errors]);

    private ServerOptions Options(bool overUnixSocket, bool inChunks) => new()
    {
        Protocol = MailProtocol.Lmtp,
        Host = overUnixSocket ? $"unix:{server.Socket}" : "127.0.0.1",
        Port = server.Port,
        AcceptUnsecureConnection = true,
        Chunking = inChunks ? ChunkingMode.Auto : ChunkingMode.Never,
    };
}
