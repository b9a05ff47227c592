using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the fields that a transporter sets on every email, and the recipients that it denies.</summary>
public sealed class EmailFieldsTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Defaults_complete_an_email_that_lacks_them(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Defaults = new()
            {
                From = "Shop <shop@example.com>",
                ReplyTo = "help@example.com",
                Bcc = "archive@example.com",
                Headers = [new("X-Team", "billing"), new("X-Team", "EU")],
            },
        });
        var email = new Email { To = "ann@example.org", Subject = "Hello", TextBody = "Hello" };

        var result = await SendAsync(transporter, async, email);

        AssertAccepted(result);
        var received = server.Messages[0];
        Assert.Equal("\"Shop\" <shop@example.com>", received.Message.From.ToString());
        Assert.Equal("help@example.com", received.Message.ReplyTo.ToString());
        Assert.Equal(["billing", "EU"], received.Message.Headers.Where(h => h.Field == "X-Team").Select(h => h.Value));
        Assert.Equal(["ann@example.org", "archive@example.com"], received.Recipients);
        Assert.Equal("shop@example.com", received.Sender);
        Assert.EndsWith("@example.com", result.MessageId, StringComparison.Ordinal);
        Assert.Empty(email.From);
        Assert.Empty(email.Headers);
    }

    [Fact]
    public async Task What_an_email_has_itself_wins_over_the_defaults()
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Defaults = new()
            {
                From = "shop@example.com",
                ReplyTo = "help@example.com",
                Bcc = "archive@example.com",
                Headers = [new("X-Team", "billing")],
            },
        });
        var email = NewMail();
        email.ReplyTo = "you@example.net";
        email.Bcc = "own@example.com";
        email.Headers.Add("x-team", "sales");

        AssertAccepted(await transporter.SendAsync(email, Cancellation));

        var received = server.Messages[0];
        Assert.Equal("me@example.com, you@example.net", $"{received.Message.From}, {received.Message.ReplyTo}");
        Assert.Equal("sales", TeamOf(received));
        Assert.Equal(["ann@example.org", "own@example.com"], received.Recipients);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Enforced_fields_win_over_the_email_and_the_defaults(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Defaults = new() { From = "other@example.com", Headers = [new("X-Team", "sales")] },
            Enforced = new()
            {
                From = "shop@example.com",
                ReplyTo = "help@example.com",
                Bcc = "archive@example.com",
                Headers = [new("X-Team", "billing")],
            },
        });
        var email = NewMail();
        email.ReplyTo = "you@example.net";
        email.Bcc = "own@example.com";
        email.Headers.Add("X-TEAM", "mine");

        var result = await SendAsync(transporter, async, email);

        AssertAccepted(result);
        var received = server.Messages[0];
        Assert.Equal("shop@example.com, help@example.com", $"{received.Message.From}, {received.Message.ReplyTo}");
        Assert.Equal("billing", TeamOf(received));
        Assert.Equal(["ann@example.org", "own@example.com", "archive@example.com"], received.Recipients);
        Assert.Equal(received.Recipients, result.Recipients.Select(r => r.Address));
        Assert.Equal("mine", email.Headers[0].Value);
    }

    private static string TeamOf(ReceivedMessage message) =>
        Assert.Single(message.Message.Headers, h => h.Field.Equals("X-Team", StringComparison.OrdinalIgnoreCase)).Value;

    [Fact]
    public async Task A_retry_goes_only_to_those_who_are_left_and_is_the_same_message()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo, "ann@").Times(1).Reply(450, "4.2.1 Later");
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            Enforced = new() { Bcc = "archive@example.com", Headers = [new("X-Team", "billing")] },
        });

        var first = await transporter.SendAsync(NewMail(), Cancellation);
        var second = await transporter.SendAsync(first.RetryEmail()!, Cancellation);

        Assert.Equal(Outcome.PartiallyAccepted, first.Outcome);
        AssertAccepted(second);
        Assert.Equal([["archive@example.com"], ["ann@example.org"]], server.Messages.Select(m => m.Recipients));
        Assert.Single(server.Messages[1].Message.Headers, h => h.Field == "X-Team");
    }

    [Fact]
    public async Task An_address_that_is_not_valid_is_reported_and_not_replaced_by_a_default()
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { Defaults = new() { From = "shop@example.com" } });
        var email = NewMail();
        email.From = "no address";

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.InvalidAddress, "mail");
    }

    [Theory]
    [InlineData("no address", "X-Team", "billing")]
    [InlineData("", "X-Team", "billing")]
    [InlineData(null, "Subject", "billing")]
    [InlineData(null, "content-type", "text/plain")]
    [InlineData(null, "X Team", "billing")]
    [InlineData(null, "", "billing")]
    [InlineData(null, "X-Team", "a\r\nBcc: b@example.com")]
    [InlineData(null, "X-Team", null)]
    public void Fields_that_are_not_valid_are_refused_by_the_constructor(string? from, string name, string? value)
    {
        var fields = new EmailFields { From = from, Headers = [new(name, value)] };

        foreach (var (option, options) in new[]
            {
                ("Defaults", new ServerOptions { Host = "host", Defaults = fields }),
                ("Enforced", new ServerOptions { Host = "host", Enforced = fields }),
            })
        {
            Assert.Equal(option, Assert.Throws<ArgumentException>(() => new SmtpTransporter(options)).ParamName);
        }
    }

    [Fact]
    public void Settings_set_fields_by_their_names()
    {
        var options = ServerOptions.FromSettings(
        [
            new("Host", "host"), new("Defaults:From", "Shop <shop@example.com>"), new("defaults:headers:X-Team", "billing"),
            new("Enforced:Bcc", "archive@example.com"), new("Enforced:Headers:0", "X-Env: test: 1"), new("Enforced:ReplyTo", ""),
        ]);

        Assert.Equal(new EmailFields { From = "Shop <shop@example.com>", Headers = [new("X-Team", "billing")] }, options.Defaults);
        Assert.Equal(new EmailFields { Bcc = "archive@example.com", Headers = [new("X-Env", "test: 1")] }, options.Enforced);
        Assert.Contains("Enforced = EmailFields { Bcc = archive@example.com, Headers = X-Env }", options.ToString());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_denied_recipient_is_removed_and_reported(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            AllowedRecipients = ["example.org"],
            IsRecipientDenied = address => address == "bob@example.org",
        });

        var result = await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org, cid@example.net"));

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(["ann@example.org"], server.Messages[0].Recipients);
        Assert.Equal(
            [("bob@example.org", "Denied by IsRecipientDenied"), ("cid@example.net", "Not in AllowedRecipients")],
            result.Recipients.Where(r => r.State == RecipientState.NotTried).Select(r => (r.Address, r.StatusText)));
        var warning = Assert.Single(result.Warnings);
        Assert.Equal(SmtpErrorCodes.RecipientsDropped, warning.ErrCode);
        Assert.Equal("AllowedRecipients or IsRecipientDenied has dropped 2 of the recipients.", warning.Message);
        Assert.Null(result.RetryEmail());
    }

    [Fact]
    public async Task Nothing_is_sent_if_all_recipients_are_denied_or_the_function_fails()
    {
        await using var server = SmtpTestServer.Start();
        using var denying = new SmtpTransporter(server.ToServerOptions() with { IsRecipientDenied = _ => true });
        using var failing = new SmtpTransporter(
            server.ToServerOptions() with { IsRecipientDenied = _ => throw new InvalidOperationException("The list is away") });

        var denied = await denying.SendAsync(NewMail(), Cancellation);
        var failed = await failing.SendAsync(NewMail(), Cancellation);

        Assert.Equal((Outcome.NotSent, SmtpErrorCodes.NoAllowedRecipient), (denied.Outcome, Assert.Single(denied.Errors).ErrCode));
        Assert.Contains("IsRecipientDenied", denied.Reason, StringComparison.Ordinal);
        AssertNotSent(failed, SmtpErrorCodes.CallbackFailed, "conf");
        Assert.Contains("The list is away", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(server.Sessions);
    }
}
