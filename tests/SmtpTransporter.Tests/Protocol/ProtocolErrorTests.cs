using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests malformed and unsolicited replies of a server.</summary>
public sealed class ProtocolErrorTests : SocketTest
{
    private static SmtpTestServer Start(bool pipelining = true) =>
        SmtpTestServer.Start(new() { Pipelining = pipelining, Chunking = false });

    public static TheoryData<SmtpStep, string, bool> Senseless => new()
    {
        { SmtpStep.Connect, "250 Ok\r\n", false },
        { SmtpStep.Connect, "HTTP/1.1 400 Bad Request\r\n", true },
        { SmtpStep.Connect, $"220 {new string('x', 1_000_000)}\r\n", false },
        { SmtpStep.Connect, $"220 {new string('x', 1_000_000)}", true },
        { SmtpStep.Connect, "220 Hello\r\n250 you\r\n", true },
        { SmtpStep.Ehlo, string.Concat(Enumerable.Repeat("250-X\r\n", 10_000)) + "250 Y\r\n", false },
        { SmtpStep.MailFrom, "250-one\r\n550 two\r\n", true },
        { SmtpStep.MailFrom, "354 Go on\r\n", false },
        { SmtpStep.MailFrom, "250 Ok\r\n250 Ok\r\n", true },
        { SmtpStep.RcptTo, "354 Go on\r\n", false },
        { SmtpStep.RcptTo, "199 What\r\n", true },
        { SmtpStep.Data, "250 Ok\r\n", false },
        { SmtpStep.Data, "999 Ok\r\n", true },
        { SmtpStep.Data, "354 Go on\r\n250 2.0.0 Ok: queued as FAKE\r\n", false },
    };

    [Theory]
    [MemberData(nameof(Senseless), DisableDiscoveryEnumeration = true)]
    public async Task A_malformed_reply_before_the_message_is_a_protocol_error(SmtpStep step, string answer, bool pipelining)
    {
        foreach (var async in (bool[])[false, true])
        {
            await using var server = Start(pipelining);
            server.Script.On(step).Times(1).ReplyRaw(answer);
            await using var transporter = new SmtpTransporter(server.ToServerOptions());

            AssertNotSent(await SendAsync(transporter, async), SmtpErrorCodes.ProtocolError, "smtp");

            Assert.Empty(server.Messages);
            AssertAccepted(await SendAsync(transporter, async));
            Assert.Equal(2, server.Sessions.Count);
        }
    }

    [Theory]
    [InlineData(SmtpStep.EndOfData, "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n", false)]
    [InlineData(SmtpStep.EndOfData, "250 2.0.0 Ok\r\n421 4.3.2 Bye\r\n", true)]
    [InlineData(SmtpStep.Idle, "250 2.0.0 Ok\r\n", true)]
    [InlineData(SmtpStep.Idle, "25", false)]
    public async Task An_unsolicited_reply_is_never_taken_for_the_next_reply(SmtpStep step, string text, bool async)
    {
        await using var server = Start();
        var rule = server.Script.On(step).Times(1);
        rule.ReplyRaw(text);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async));
        await rule.Reached;
        server.Script.On(SmtpStep.EndOfData).Times(1).Reply(554, "5.7.1 No");

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.Refused, 554), (result.Outcome, result.Status));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData(SmtpStep.Connect, "220 localhost ESMTP ready", false)]
    [InlineData(SmtpStep.Connect, "220 localhost ESMTP ready", true)]
    [InlineData(SmtpStep.Ehlo, "250-localhost\r\n250 AUTH PLAIN", false)]
    [InlineData(SmtpStep.Ehlo, "250-localhost\r\n250 AUTH PLAIN", true)]
    [InlineData(SmtpStep.Auth, "235 2.7.0 Welcome", false)]
    [InlineData(SmtpStep.Auth, "235 2.7.0 Welcome", true)]
    public async Task A_goodbye_behind_a_reply_while_the_connection_is_opened_may_pass(SmtpStep step, string reply, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Users = Users, AuthMechanisms = ["PLAIN"] });
        server.Script.On(step).Times(1).ReplyRawAndClose($"{reply}\r\n421 4.3.2 Closing down\r\n");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 421, true), (result.Outcome, result.Status, result.IsTransient));
        Assert.Equal("4.3.2 Closing down", result.StatusText);
        AssertAccepted(await SendAsync(transporter, async));
    }
}
