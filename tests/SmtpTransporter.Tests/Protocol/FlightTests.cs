using System.Text;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests how commands and messages are sent together, by the server's extensions, and what is known after a failure.</summary>
public sealed class FlightTests : SocketTest
{
    [Theory]
    [InlineData(true, true, new[] { "MAIL", "RCPT", "RCPT", "BDAT" })]
    [InlineData(true, false, new[] { "MAIL", "RCPT", "RCPT", "DATA" })]
    [InlineData(false, true, new[] { "MAIL", "RCPT", "RCPT", "BDAT" })]
    [InlineData(false, false, new[] { "MAIL", "RCPT", "RCPT", "DATA" })]
    public async Task A_message_arrives_with_any_extensions_of_the_server(bool pipelining, bool chunking, string[] commands)
    {
        await using var server = SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = chunking });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        foreach (var async in (bool[])[false, true])
        {
            var email = NewMail("ann@example.org, bob@example.org");
            email.TextBody = ".\r\n..\r\n.x\r\nend";

            AssertAccepted(await SendAsync(transporter, async, email));
        }

        Assert.Equal(2, server.Messages.Count);
        Assert.All(server.Messages, received => Assert.Equal(".\r\n..\r\n.x\r\nend", Text(received).TrimEnd()));
        var verbs = Verbs(server.Sessions[0]).ToList();
        Assert.Equal([.. commands, .. commands], verbs[verbs.IndexOf("MAIL")..]);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Chunking_can_be_declined(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { Chunking = ChunkingMode.Never });

        AssertAccepted(await SendAsync(transporter, async));

        Assert.DoesNotContain("BDAT", Verbs(server.Sessions[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_Exchange_server_gets_no_chunks(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.Connect).Reply(220, "HE1PR0902.outlook.example Microsoft ESMTP MAIL Service ready");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async));

        Assert.DoesNotContain("BDAT", Verbs(server.Sessions[0]));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task A_large_message_is_transmitted_piece_by_piece(bool pipelining, bool chunking)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Pipelining = pipelining, Chunking = chunking });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var content = new byte[5_000_000];
        new Random(1).NextBytes(content);
        foreach (var async in (bool[])[false, true])
        {
            var email = NewMail();
            email.TextBody = string.Concat(Enumerable.Repeat(".dot\r\n", 400_000));
            email.Attachments.Add(MailAttachment.FromBytes(content, "large.bin"));

            AssertAccepted(await SendAsync(transporter, async, email));

            var received = Assert.Single(server.TakeMessages());
            Assert.Equal(email.TextBody, Text(received));
            using var arrived = new MemoryStream();
            ((MimeKit.MimePart)received.Message.Attachments.Single()).Content!.DecodeTo(arrived, Cancellation);
            Assert.Equal(content, arrived.ToArray());
        }

        Assert.Equal(chunking, Verbs(server.Sessions[0]).Count(v => v == "BDAT") > 2);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_refused_recipient_spoils_neither_the_message_nor_the_connection(bool chunking, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = chunking });
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org"));

        Assert.Equal((Outcome.PartiallyAccepted, 550), (result.Outcome, result.Status));
        Assert.Equal(["ann@example.org"], Assert.Single(server.Messages).Recipients);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(SmtpStep.MailFrom, false)]
    [InlineData(SmtpStep.MailFrom, true)]
    [InlineData(SmtpStep.RcptTo, false)]
    [InlineData(SmtpStep.RcptTo, true)]
    public async Task Each_refusal_within_one_flight_is_known_exactly(SmtpStep step, bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(step).Times(1).Reply(550, "5.7.1 No");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Refused, 550), (result.Outcome, result.Status));
        Assert.Empty(server.Messages);
        AssertAccepted(await SendAsync(transporter, async));
        var session = Assert.Single(server.Sessions);
        // The next flight resets the failed transaction, so the reset needs no round trip of its own.
        Assert.Equal(["MAIL", "RCPT", "BDAT", "RSET", "MAIL", "RCPT", "BDAT"], Verbs(session).SkipWhile(v => v != "MAIL"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_refused_reset_replaces_the_connection(bool chunking, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = chunking });
        server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 Unknown");
        server.Script.On(SmtpStep.Rset).Times(1).Reply(502, "5.5.1 What?");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        Assert.Equal(Outcome.Refused, (await SendAsync(transporter, async)).Outcome);
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(2, server.Sessions.Count);
        Assert.Single(server.Messages);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_positive_reply_to_DATA_without_accepted_recipients_gets_no_message(bool pipelining, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = false });
        server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 Unknown");
        server.Script.On(SmtpStep.Data).Times(1).Reply(354, "Go on all the same");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Refused, 550), (result.Outcome, result.Status));
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Single(server.Messages);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_demand_for_authentication_for_one_recipient_is_one_refusal(bool pipelining, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Pipelining = pipelining });
        server.Script.On(SmtpStep.RcptTo, "bob@").Reply(530, "5.7.0 Log in first");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org, cid@example.org"));

        Assert.Equal((Outcome.PartiallyAccepted, 530), (result.Outcome, result.Status));
        Assert.Equal(2, Assert.Single(server.Messages).Recipients.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_servers_limits_are_observed(bool async)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "PIPELINING", "STARTTLS", "LIMITS RCPTMAX=2 MAILMAX=4");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, NewMail("a@x.example, b@x.example, c@x.example, d@x.example, e@x.example")));
        AssertAccepted(await SendAsync(transporter, async));
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal([2, 2, 1, 1, 1], server.Messages.Select(m => m.Recipients.Count));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_connection_lost_while_idle_is_replaced_long_before_the_time_limit(bool chunking, bool async)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start(new() { Chunking = chunking });
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { SendTimeout = TimeSpan.FromHours(2) }, null, time, new SystemResolver());
        AssertAccepted(await SendAsync(transporter, async));

        var silent = server.Script.On(SmtpStep.MailFrom).Times(1).Hang();
        time.Advance(TimeSpan.FromSeconds(30));
        var sending = SendAsync(transporter, async);
        await silent.Reached;
        time.Advance(TimeSpan.FromSeconds(11));

        AssertAccepted(await sending);
        Assert.Equal(2, server.Messages.Count);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_message_without_a_final_line_end_gets_one(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = false });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var message = new MimeKit.MimeMessage { Subject = "x", Body = new MimeKit.TextPart("plain") { Text = "no end" } };
        message.From.Add(new MimeKit.MailboxAddress(null, "me@example.com"));
        message.To.Add(new MimeKit.MailboxAddress(null, "ann@example.org"));

        AssertAccepted(async ? await transporter.SendAsync(message, Cancellation) : transporter.Send(message, Cancellation));

        Assert.EndsWith("no end\r\n", Encoding.ASCII.GetString(Assert.Single(server.Messages).Raw.Span), StringComparison.Ordinal);
    }
}
