using System.Text;
using MimeKit;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

/// <summary>The base of the tests with the real server: options, emails, delivered messages and log lines.</summary>
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

    /// <summary>Creates an email from alice to bob with a unique Message-ID.</summary>
    protected static Email NewEmail(string subject = "Monthly report", string text = "The figures follow.\n") => new()
    {
        From = "Alice <alice@example.test>",
        To = "bob@example.test",
        Subject = subject,
        TextBody = text,
        MessageId = $"{Guid.NewGuid():N}@example.test",
    };

    /// <summary>Waits for the message in the mailbox, and parses it.</summary>
    protected async Task<MimeMessage> WaitForDeliveryAsync(string mailbox, SendResult result)
    {
        var bytes = await Server.WaitForMessageAsync(mailbox, result.MessageId);
        // Postfix stores lines with LF: a CR that is left was not part of a line end.
        Assert.DoesNotContain((byte)'\r', bytes);
        return await MimeMessage.LoadAsync(new MemoryStream(bytes), Cancellation);
    }

    /// <summary>The log line of Postfix for the message: port, process, queue id and authentication.</summary>
    protected async Task<string> WaitForLogLineAsync(SendResult result)
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
