using System.Text;
using MimeKit;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

/// <summary>What the tests against the real server share: options that fit it, mails, and what came of them.</summary>
[Collection(RealServerCollection.Name)]
public abstract class RealServerTest(PostfixServer server)
{
    protected PostfixServer Server { get; } = server;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected ServerOptions Options => new()
    {
        Host = Server.Host,
        Port = Server.StartTlsPort,
        User = Server.User,
        Password = Server.Password,
        TrustedCertificates = [Server.Certificate],
    };

    /// <summary>A mail from alice to bob with a Message-ID of its own.</summary>
    protected static Email NewMail(string subject = "Monthly report", string text = "The figures follow.\n") => new()
    {
        From = "Alice <alice@example.test>",
        To = "bob@example.test",
        Subject = subject,
        TextBody = text,
        MessageId = $"{Guid.NewGuid():N}@example.test",
    };

    /// <summary>The mail as it lies on the server's disk, parsed.</summary>
    protected async Task<MimeMessage> DeliveredAsync(string mailbox, SendResult result)
    {
        var bytes = await Server.WaitForMailAsync(mailbox, result.MessageId);
        // Postfix stores lines with LF: a CR that is left stood outside a line end.
        Assert.DoesNotContain((byte)'\r', bytes);
        return await MimeMessage.LoadAsync(new MemoryStream(bytes), Cancellation);
    }

    /// <summary>The line of Postfix's log in which the server takes up the mail: its port, process, queue id and login.</summary>
    protected async Task<string> LogLineAsync(SendResult result)
    {
        Assert.NotNull(result.QueueId);
        var wanted = $"]: {result.QueueId}: client=";
        var log = await Server.WaitForLogAsync(wanted);
        return log.Split('\n').Single(line => line.Contains(wanted, StringComparison.Ordinal));
    }

    protected static void AssertAccepted(SendResult result)
    {
        Assert.True(result.Success, Describe(result));
        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(250, result.Status);
        Assert.Empty(result.Errors);
        Assert.All(result.Recipients, r => Assert.Equal(RecipientState.Accepted, r.State));
    }

    protected static string Describe(SendResult result) =>
        new StringBuilder(result.ToString()).AppendJoin("", result.Errors.Select(e => $"\n{e}")).ToString();
}
