using System.Text;
using SmtpTransport.Feedback;

namespace SmtpTransport.Lab;

/// <summary>What comes back from a server that relays, if the next one refuses.</summary>
public abstract class RelayTests(ILab lab) : ServerTests(lab)
{
    private static readonly TimeSpan ReportLimit = TimeSpan.FromSeconds(60);
    private static readonly FeedbackTokens Tokens = new("the key of the laboratory"u8.ToArray());

    [Theory]
    [InlineData("hop-unknown", FeedbackCategory.Hard)]
    [InlineData("hop-full", FeedbackCategory.MailboxFull)]
    [InlineData("hop-blocked", FeedbackCategory.Blocked)]
    [InlineData("hop-policy", FeedbackCategory.Policy)]
    [InlineData("hop-words", FeedbackCategory.Hard)]
    public async Task What_the_next_server_refuses_comes_back_as_a_bounce(string user, FeedbackCategory category)
    {
        var refusal = HopRefusal.All.Single(r => r.User == user);
        var email = NewReportedEmail($"Refused later: {user}", $"{user}@ok.test", "u1@ok.test");

        var feedback = await SendForReportAsync(email);

        var bounced = Assert.Single(feedback.Recipients, r => r.IsBounce);
        Assert.True(feedback.IsBounce);
        Assert.Equal($"{user}@ok.test", bounced.Address);
        Assert.True(category == bounced.Category, $"{feedback}");
        Assert.Equal(EnhancedStatus.TryParse(refusal.Text.Split(' ')[0], out var status) ? status : bounced.Status, bounced.Status);
        Assert.NotNull(bounced.Explanation);
        Assert.Equal(FeedbackConfidence.High, feedback.Confidence);
    }

    [Fact]
    public async Task What_was_relayed_comes_back_as_a_report_that_is_no_bounce()
    {
        var email = NewReportedEmail("Relayed", "u1@ok.test");
        email.Notify = DeliveryNotifications.Success | DeliveryNotifications.Failure;
        if (!Lab.Server.OffersDsn)
        {
            await using var transporter = new SmtpTransporter(Options);
            AssertOutcome(Outcome.NotSent, await transporter.SendAsync(email, Cancellation));
            return;
        }

        var feedback = await SendForReportAsync(email);

        Assert.False(feedback.IsBounce);
        var relayed = Assert.Single(feedback.Recipients);
        Assert.Equal("u1@ok.test", relayed.Address);
        Assert.Contains(relayed.Action, new FeedbackAction?[] { FeedbackAction.Relayed, FeedbackAction.Delivered });
        Assert.Equal(FeedbackCategory.NotFailure, relayed.Category);
    }

    /// <summary>Its reports go to an address with a token.</summary>
    private Email NewReportedEmail(string subject, params string[] to)
    {
        var email = NewEmail(subject, to);
        email.ReturnPath = Tokens.CreateReturnPath("reports@client.test", Guid.NewGuid().ToString());
        return email;
    }

    /// <summary>Sends an email, and waits for the report that comes back to its return path.</summary>
    private async Task<EmailFeedback> SendForReportAsync(Email email)
    {
        await using var transporter = new SmtpTransporter(Options);
        AssertAccepted(await transporter.SendAsync(email, Cancellation));
        var report = await Poll.UntilAsync(
            async () => (await Lab.Store.ReadAsync()).FirstOrDefault(
                c => c.Recipients.Contains(email.ReturnPath!, StringComparer.OrdinalIgnoreCase)),
            ReportLimit, Cancellation);
        Assert.True(report is not null, $"{Lab.Server} sent no report to {email.ReturnPath}.\n{Lab.Report()}");
        Keep(report.Message, email.Subject!);

        var feedback = await new FeedbackReader(Tokens).ReadAsync(new MemoryStream(report.Message.ToArray()), Cancellation);

        Assert.True(feedback is not null, $"{Lab.Server}: not recognized:\n{Encoding.UTF8.GetString(report.Message.Span)}");
        Assert.Equal(FeedbackKind.DeliveryReport, feedback.Kind);
        Assert.Equal(email.MessageId, feedback.Original.MessageId);
        Assert.Equal(Tokens.Read(email.ReturnPath), feedback.EmailId);
        return feedback;
    }

    // For a look at what real servers write.
    private void Keep(ReadOnlyMemory<byte> report, string name)
    {
        if (Environment.GetEnvironmentVariable("LAB_REPORTS") is { } folder)
        {
            var file = $"{Lab.Server.Name}-{name.Replace(": ", "-")}.eml";
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(folder).FullName, file), report.ToArray());
        }
    }
}
