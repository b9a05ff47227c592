using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests several servers: an email goes to another server only if no recipient can have received it.</summary>
public sealed class SeveralServersTests : SocketTest
{
    public static TheoryData<SmtpStep, int, bool> PutOff => new()
    {
        { SmtpStep.Connect, 554, false }, { SmtpStep.Connect, 421, true }, { SmtpStep.Auth, 535, true }, { SmtpStep.MailFrom, 451, false },
        { SmtpStep.RcptTo, 450, true },
        { SmtpStep.EndOfData, 452, false },
    };

    [Theory]
    [MemberData(nameof(PutOff))]
    public async Task An_email_that_one_server_cannot_take_goes_to_the_next_server(SmtpStep step, int code, bool async)
    {
        await using var first = SmtpTestServer.Start(new() { Users = Users });
        await using var second = SmtpTestServer.Start(new() { Users = Users });
        first.Script.On(step).Reply(code, "no");
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.Failover);

        AssertAccepted(await SendAsync(transporter, async));
        var connections = first.Sessions.Count;
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal((0, 2), (first.Messages.Count, second.Messages.Count));
        // The server is backed off: the second email does not go to it.
        Assert.Equal(connections, first.Sessions.Count);
    }

    [Theory]
    [InlineData("REQUIRETLS", false)]
    [InlineData("REQUIRETLS", true)]
    [InlineData("SMTPUTF8", false)]
    [InlineData("SMTPUTF8", true)]
    [InlineData("DSN", false)]
    [InlineData("DSN", true)]
    public async Task An_email_that_needs_what_one_server_does_not_offer_goes_to_the_next_server(string extension, bool async)
    {
        await using var first = SmtpTestServer.Start();
        await using var second = SmtpTestServer.Start(new() { RequireTls = true });
        first.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "STARTTLS", "8BITMIME");
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.Failover);
        var email = NewMail(extension == "SMTPUTF8" ? "ännchen@example.org" : "ann@example.org");
        email.TlsRequirement = extension == "REQUIRETLS" ? TlsRequirement.Required : TlsRequirement.Unspecified;
        email.Notify = extension == "DSN" ? DeliveryNotifications.Success : email.Notify;

        AssertAccepted(await SendAsync(transporter, async, email));
        AssertAccepted(await SendAsync(transporter, async));

        // The first server is well: other emails go to it.
        Assert.Equal((1, 1), (first.Messages.Count, second.Messages.Count));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_that_may_have_been_delivered_goes_to_no_other_server(bool async)
    {
        await using var first = SmtpTestServer.Start();
        await using var second = SmtpTestServer.Start();
        first.Script.On(SmtpStep.EndOfData).Times(1).Close();
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.Failover);

        Assert.Equal(Outcome.Unknown, (await SendAsync(transporter, async)).Outcome);

        Assert.Empty(second.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_rejected_email_and_an_invalid_email_go_to_no_other_server(bool async)
    {
        await using var first = SmtpTestServer.Start();
        await using var second = SmtpTestServer.Start();
        first.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.Failover);

        Assert.Equal(Outcome.Refused, (await SendAsync(transporter, async)).Outcome);
        var missing = NewMail();
        missing.Attachments.Add(MailAttachment.FromFile("/nowhere/a"));
        Assert.Equal(Outcome.NotSent, (await SendAsync(transporter, async, missing)).Outcome);
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Single(first.Messages);
        Assert.Empty(second.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Servers_in_rotation_share_the_emails_of_a_server_that_is_down(bool async)
    {
        await using var first = SmtpTestServer.Start();
        await using var second = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.RoundRobin);

        for (var i = 0; i < 4; i++)
            AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal((2, 2), (first.Messages.Count, second.Messages.Count));
        await first.DisposeAsync();
        for (var i = 0; i < 3; i++)
            AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(5, second.Messages.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_result_of_the_last_server_is_reported_if_all_servers_fail(bool async)
    {
        await using var first = SmtpTestServer.Start();
        await using var second = SmtpTestServer.Start();
        first.Script.On(SmtpStep.MailFrom).Reply(451, "4.3.0 First");
        second.Script.On(SmtpStep.MailFrom).Reply(452, "4.3.1 Second");
        await using var transporter = new SmtpTransporter([first.ToServerOptions(), second.ToServerOptions()], ServerSelection.Failover);

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Deferred, 452), (result.Outcome, result.Status));
    }

    [Fact]
    public void A_missing_server_is_an_argument_error()
    {
        Assert.Throws<ArgumentException>(() => new SmtpTransporter([], ServerSelection.Failover));
        Assert.Throws<ArgumentNullException>(() => new SmtpTransporter(null!, ServerSelection.Failover));
        Assert.Throws<ArgumentException>(
            () => new SmtpTransporter([new ServerOptions { Host = "h" }, new ServerOptions { Host = "" }], ServerSelection.RoundRobin));
    }
}
