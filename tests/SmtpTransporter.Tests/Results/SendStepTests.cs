using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Moq;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what a result says of the way there: the step that failed, the size, and the times.</summary>
public sealed class SendStepTests : SocketTest
{
    private static SmtpTestServer Start(bool pipelining = true, bool chunking = false, SmtpTestTlsMode tls = SmtpTestTlsMode.None) =>
        SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = chunking, Tls = tls, Users = Users, OfferAuthWithoutTls = true });

    public static TheoryData<SmtpStep, SendStep> Refusals => new()
    {
        { SmtpStep.Connect, SendStep.Greeting },
        { SmtpStep.Auth, SendStep.Authenticate },
        { SmtpStep.MailFrom, SendStep.Mail },
        { SmtpStep.RcptTo, SendStep.Recipients },
        { SmtpStep.Data, SendStep.Data },
        { SmtpStep.EndOfData, SendStep.Reply },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_names_the_step_that_was_refused(SmtpStep refused, SendStep expected)
    {
        foreach (var (async, pipelining) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            await using var server = Start(pipelining);
            server.Script.On(refused).Reply(554, "5.0.0 No");
            await using var transporter = new SmtpTransporter(
                server.ToServerOptions() with { User = User, Password = Password, AcceptUnsecureConnection = true });

            var result = await SendAsync(transporter, async);

            Assert.Equal((554, expected), (result.Status, result.FailedStep));
        }
    }

    [Theory]
    [InlineData(SmtpStep.StartTls, SendStep.StartTls)]
    [InlineData(SmtpStep.TlsHandshake, SendStep.TlsHandshake)]
    [InlineData(SmtpStep.Ehlo, SendStep.Hello)]
    [InlineData(SmtpStep.Connect, SendStep.Greeting)]
    [InlineData(SmtpStep.MailFrom, SendStep.Mail)]
    [InlineData(SmtpStep.RcptTo, SendStep.Recipients)]
    [InlineData(SmtpStep.Data, SendStep.Data)]
    [InlineData(SmtpStep.Body, SendStep.Message)]
    [InlineData(SmtpStep.EndOfData, SendStep.Reply)]
    public async Task A_lost_connection_names_the_step_that_it_was_in(SmtpStep lost, SendStep expected)
    {
        foreach (var async in new[] { false, true })
        {
            await using var server = Start(pipelining: false, tls: SmtpTestTlsMode.StartTls);
            server.Script.On(lost).Close();
            await using var transporter = new SmtpTransporter(server.ToServerOptions());

            var result = await SendAsync(transporter, async, LargeEmail());

            Assert.False(result.Success);
            Assert.Equal(expected, result.FailedStep);
        }
    }

    [Fact]
    public async Task A_message_that_may_have_been_delivered_failed_at_its_reply()
    {
        await using var server = Start(chunking: true);
        server.Script.On(SmtpStep.EndOfData).Close();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Equal((Outcome.Unknown, SendStep.Reply), (result.Outcome, result.FailedStep));
    }

    [Fact]
    public async Task What_fails_before_the_server_is_asked_has_its_own_steps()
    {
        await using var server = SmtpTestServer.Start(new() { SmtpUtf8 = false });
        using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var nowhere = new SmtpTransporter(server.ToServerOptions() with { Host = "nowhere.invalid" });

        Assert.Equal(SendStep.Prepare, (await transporter.SendAsync(NewMail("nobody"), Cancellation)).FailedStep);
        Assert.Equal(SendStep.Prepare, (await transporter.SendAsync(NewMail("jörg@example.org"), Cancellation)).FailedStep);
        Assert.Equal(SendStep.Resolve, (await nowhere.SendAsync(NewMail(), Cancellation)).FailedStep);
    }

    [Fact]
    public async Task A_partial_acceptance_failed_at_its_recipients_and_a_success_nowhere()
    {
        await using var server = Start();
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(550, "5.1.1 No such user");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var partial = await transporter.SendAsync(NewMail("ann@example.org, bob@example.org"), Cancellation);
        var accepted = await transporter.SendAsync(NewMail(), Cancellation);

        Assert.Equal((Outcome.PartiallyAccepted, SendStep.Recipients), (partial.Outcome, partial.FailedStep));
        Assert.Null(accepted.FailedStep);
    }

    [Fact]
    public async Task A_check_names_the_step_that_failed()
    {
        await using var server = Start();
        server.Script.On(SmtpStep.NoOp).Times(1).Reply(421, "4.3.2 Closing");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var failed = await transporter.CheckConnectionAsync(Cancellation);
        var good = await transporter.CheckConnectionAsync(Cancellation);

        Assert.Equal((421, SendStep.NoOp), (failed.Status, failed.FailedStep));
        Assert.Null(good.FailedStep);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_times_are_those_of_the_parts(bool async)
    {
        var clock = new FakeTimeProvider();
        await using var server = Start(pipelining: false);
        Takes(SmtpStep.Ehlo, 2);
        Takes(SmtpStep.MailFrom, 10);
        Takes(SmtpStep.RcptTo, 20);
        Takes(SmtpStep.Data, 30);
        Takes(SmtpStep.EndOfData, 400);
        await using var transporter = new SmtpTransporter(server.ToServerOptions(), null, clock, new SystemResolver());

        var first = await SendAsync(transporter, async);
        var second = await SendAsync(transporter, async);

        AssertAccepted(first);
        Assert.Equal((Milliseconds(60), TimeSpan.Zero), (first.Timings.Envelope, first.Timings.Wait));
        // The server may have the end of the message before the client has looked at the clock.
        Assert.Equal(Milliseconds(400), first.Timings.Message + first.Timings.Reply);
        Assert.Equal(Milliseconds(2), first.Timings.Connection!.Total);
        Assert.Equal(Milliseconds(462), first.Elapsed);
        Assert.Null(second.Timings.Connection);
        Assert.Equal(Milliseconds(60), second.Timings.Envelope);

        void Takes(SmtpStep step, int milliseconds) =>
            server.Script.On(step).Do(_ => clock.Advance(Milliseconds(milliseconds)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_size_is_that_of_the_message_as_the_server_got_it(bool chunking)
    {
        await using var server = Start(chunking: chunking);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var dotted = NewMail();
        dotted.TextBody = "one\r\n.two\r\n..three\r\n";

        var small = await transporter.SendAsync(dotted, Cancellation);
        var large = await transporter.SendAsync(LargeEmail(), Cancellation);

        Assert.Equal(server.Messages[0].Raw.Length, small.Size);
        Assert.Equal(server.Messages[1].Raw.Length, large.Size);
        Assert.Null((await transporter.SendAsync(NewMail("nobody"), Cancellation)).Size);
    }

    [Fact]
    public async Task A_message_in_the_pickup_folder_has_its_size()
    {
        var folder = Directory.CreateTempSubdirectory("pickup");
        using var transporter = new SmtpTransporter(new ServerOptions { PickupFolder = folder.FullName });

        var result = await transporter.SendAsync(LargeEmail(), Cancellation);

        var file = Assert.Single(folder.GetFiles());
        var envelope = "X-Sender: <me@example.com>\r\nX-Receiver: <ann@example.org>\r\n";
        Assert.Equal(file.Length - envelope.Length, result.Size);
        folder.Delete(recursive: true);
    }

    public static TheoryData<Exception, SendStep> FailuresOfOwnClients => new()
    {
        { new SmtpCommandException(SmtpErrorCode.SenderNotAccepted, (SmtpStatusCode)550, new("", "me@example.com"), "No"), SendStep.Mail },
        {
            new SmtpCommandException(SmtpErrorCode.RecipientNotAccepted, (SmtpStatusCode)550, new("", "ann@example.org"), "No"),
            SendStep.Recipients
        },
        { new SmtpCommandException(SmtpErrorCode.MessageNotAccepted, (SmtpStatusCode)554, "No"), SendStep.Data },
        { new IOException("lost"), SendStep.Mail },
    };

    [Theory]
    [MemberData(nameof(FailuresOfOwnClients), DisableDiscoveryEnumeration = true)]
    public async Task A_failure_of_a_client_of_the_callers_names_the_step_as_far_as_it_is_known(Exception exception, SendStep expected)
    {
        var client = new Mock<ISmtpClient>();
        client.Setup(c => c.SendAsync(
            It.IsAny<FormatOptions>(), It.IsAny<MimeMessage>(), It.IsAny<MailboxAddress>(), It.IsAny<IEnumerable<MailboxAddress>>(),
            It.IsAny<CancellationToken>(), It.IsAny<ITransferProgress>())).ThrowsAsync(exception);
        var deaf = new Mock<ISmtpClient>();
        deaf.Setup(c => c.ConnectAsync(
            It.IsAny<string>(), It.IsAny<int>(), It.IsAny<SecureSocketOptions>(), It.IsAny<CancellationToken>())).ThrowsAsync(exception);
        var options = new ServerOptions { Host = "smtp.example.com" };
        await using var refusing = new SmtpTransporter(options, () => client.Object);
        await using var unreachable = new SmtpTransporter(options, () => deaf.Object);
        await using var broken = new SmtpTransporter(options, () => throw exception);

        Assert.Equal(expected, (await refusing.SendAsync(NewMail(), Cancellation)).FailedStep);
        Assert.Equal(SendStep.Connect, (await unreachable.SendAsync(NewMail(), Cancellation)).FailedStep);
        Assert.Equal(SendStep.Connect, (await unreachable.CheckConnectionAsync(Cancellation)).FailedStep);
        Assert.Equal(SendStep.Connect, (await broken.SendAsync(NewMail(), Cancellation)).FailedStep);
    }

    private static TimeSpan Milliseconds(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    // More than is held in memory, and than a socket takes at once.
    private static Email LargeEmail()
    {
        var email = NewMail();
        email.Attachments.Add(MailAttachment.FromBytes(new byte[4_000_000], "large.bin"));
        return email;
    }
}
