using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The tokens with which emails are sent.</summary>
public sealed class FeedbackMarksTests
{
    private const string Address = "bounces@example.com";

    private static readonly FeedbackTokens Tokens = new(new byte[32]);

    [Fact]
    public async Task Each_email_of_a_merge_has_a_return_path_of_its_own_in_every_attempt_and_if_it_is_redirected()
    {
        await using var other = SmtpTestServer.Start();
        await using var host = await OutboxHost.StartAsync(
            o => o.UseFeedbackTokens(Tokens, Address),
            services => services.AddKeyedSmtpTransporter(
                "redirected", _ => other.ToServerOptions() with { RedirectAllTo = "dev@example.com" }));
        host.Server.Script.On(SmtpStep.RcptTo, "ann").Times(1).Reply(450, "4.2.0 Greylisted");
        other.Script.On(SmtpStep.MailFrom).Times(1).Reply(450, "4.2.0 Later");
        var names = new[] { "ann", "bob" };
        var merged = TestEmail.To("nobody").Merge(names, (email, name) => email.To = $"{name}@example.org").ToList();

        var ids = await host.EnqueueManyAsync(merged.Select(e => new OutboxEmail(e)));
        var redirected = await host.EnqueueAsync(merged[0], transporterName: "redirected");
        foreach (var id in ids.Append(redirected))
            await host.UntilAsync(id, OutboxState.Sent);

        Assert.Equal(
            [(ids[0], "ann@example.org"), (ids[1], "bob@example.org")],
            host.Server.Messages.Select(m => (IdOf(m.Sender), m.Recipients[0])).OrderBy(m => m.Item2, StringComparer.Ordinal));
        var copy = Assert.Single(other.Messages);
        Assert.Equal((redirected, "dev@example.com"), (IdOf(copy.Sender), copy.Recipients[0]));
        Assert.Equal(2, (await host.Outbox.GetAsync(redirected, TestContext.Current.CancellationToken))!.AttemptCount);
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("BOUNCES@example.com", null, true)]
    [InlineData("returns@example.com", null, false)]
    [InlineData("", null, false)]
    [InlineData(null, "news@example.com", false)]
    public async Task A_return_path_or_an_envelope_of_the_caller_stays(string? returnPath, string? envelope, bool hasToken)
    {
        await using var host = await OutboxHost.StartAsync(o => (o.EnableWorker, _) = (false, o.UseFeedbackTokens(Tokens, Address)));
        var email = TestEmail.To("ann");
        email.ReturnPath = returnPath;
        email.Envelope = envelope is null ? null : new MailEnvelope { Sender = envelope, Recipients = ["ann@example.org"] };

        var id = await host.EnqueueAsync(email);

        var entry = (await host.Outbox.GetAsync(id, TestContext.Current.CancellationToken))!;
        Assert.Equal(hasToken ? id : null, IdOf(entry.Sender));
        Assert.Equal(hasToken, entry.Sender.StartsWith("bounces+", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData(DeliveryNotifications.Unspecified, null, false)]
    [InlineData(DeliveryNotifications.Success, null, true)]
    [InlineData(DeliveryNotifications.Success, "order-17", false)]
    public async Task The_envelope_id_has_the_token_if_notifications_are_asked_for(
        DeliveryNotifications notify, string? envelopeId, bool hasToken)
    {
        await using var host = await OutboxHost.StartAsync(o => (o.EnableWorker, _) = (false, o.UseFeedbackTokens(Tokens)));
        var email = TestEmail.To("ann");
        (email.Notify, email.EnvelopeId) = (notify, envelopeId);

        var id = await host.EnqueueAsync(email);

        var message = (await host.Outbox.GetMessageAsync(id, TestContext.Current.CancellationToken))!;
        Assert.Equal("shop@example.com", message.Sender);
        Assert.Equal(hasToken ? id.ToString("D") : null, Tokens.Read(message.EnvelopeId));
        if (!hasToken)
            Assert.Equal(envelopeId, message.EnvelopeId);
    }

    [Theory]
    [InlineData("bounces")]
    [InlineData("Bounces <bounces@example.com>")]
    [InlineData("twenty-characters-xx@example.com")]
    public void An_address_that_takes_no_token_is_refused(string address) =>
        Assert.Throws<ArgumentException>(() => new OutboxOptions().UseFeedbackTokens(Tokens, address));

    private static Guid? IdOf(string sender) => Guid.TryParse(Tokens.Read(sender), out var id) ? id : null;
}
