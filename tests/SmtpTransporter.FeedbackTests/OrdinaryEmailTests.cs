using MimeKit;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class OrdinaryEmailTests
{
    private static readonly FeedbackReader Reader = new();
    private static readonly MailboxAddress Ann = new("Ann", "ann@example.org"), Help = new("Help", "help@shop.example");

    [Fact]
    public void None_of_a_hundred_ordinary_emails_is_feedback()
    {
        var emails = OrdinaryEmails.All.ToList();

        Assert.True(emails.Count >= 100, $"{emails.Count}");
        Assert.All(emails, e => Assert.Null(Read(e)));
    }

    [Theory]
    [InlineData("delivery@shop.example")]
    [InlineData("administrator@shop.example")]
    [InlineData("bounces@shop.example")]
    [InlineData("smtp@shop.example")]
    [InlineData("nobody@shop.example")]
    [InlineData("mailer@shop.example")]
    public void None_is_feedback_if_it_comes_from_a_function_of_a_shop(string sender) => Assert.All(OrdinaryEmails.All, e =>
    {
        e.From = sender;
        Assert.True(Read(e) is null, $"{sender}: {e.Subject}: {Read(e)}");
    });

    [Fact]
    public void Each_of_twenty_automatic_replies_is_one_and_no_bounce()
    {
        var replies = OrdinaryEmails.AutomaticReplies.ToList();

        Assert.True(replies.Count >= 20, $"{replies.Count}");
        Assert.All(replies, reply =>
        {
            var feedback = Read(reply);

            Assert.True(feedback?.Kind == FeedbackKind.AutomaticReply, reply.Subject);
            Assert.False(feedback.IsBounce);
            Assert.Equal("order-17@shop.example", feedback.Original.MessageId);
            Assert.Equal("ann@example.org", Assert.Single(feedback.Recipients).Address);
        });
    }

    [Fact]
    public void A_bounce_that_a_person_forwards_is_an_ordinary_email()
    {
        foreach (var name in FormFile.Names)
        {
            using var bounce = MimeMessage.Load(new MemoryStream(FormFile.Read(name)), TestContext.Current.CancellationToken);
            var question = new TextPart("plain") { Text = "What is this?" };
            using var forwarded = new MimeMessage(
                [Ann], [Help], $"Fwd: {bounce.Subject}", new Multipart("mixed") { question, new MessagePart("rfc822", bounce) });

            Assert.Null(Reader.Read(forwarded));
        }
    }

    [Fact]
    public void A_bounce_that_a_person_quotes_is_an_ordinary_email()
    {
        foreach (var name in FormFile.Names)
        {
            using var bounce = MimeMessage.Load(new MemoryStream(FormFile.Read(name)), TestContext.Current.CancellationToken);
            if (bounce.TextBody is not { Length: > 0 } text)
                continue;
            using var answer = new MimeMessage(
                [Ann], [Help], $"Re: {bounce.Subject}", new TextPart("plain") { Text = $"What is this?\n\n{text}" });

            Assert.Null(Reader.Read(answer));
        }
    }

    private static EmailFeedback? Read(Email email)
    {
        using var message = email.ToMimeMessage();
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        stream.Position = 0;
        return Reader.Read(stream);
    }
}
