using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>SaslMechanismFactory: a mechanism that the library does not have.</summary>
public sealed class CallerMechanismTests : SocketTest
{
    private static SmtpTestServerOptions Offering(params string[] mechanisms) => new() { Users = Users, AuthMechanisms = mechanisms };

    private static ServerOptions Using(SmtpTestServer server, Func<ISaslMechanism> factory) =>
        server.ToServerOptions() with { User = null, Password = null, SaslMechanismFactory = factory };

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_callers_mechanism_sends_its_initial_response(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("PLAIN", "EXTERNAL"));
        server.Script.On(SmtpStep.Auth, $"AUTH EXTERNAL {Convert.ToBase64String(Utf8("ann"))}").Reply(235, "2.7.0 Ok");
        await using var transporter = new SmtpTransporter(Using(server, () => new Scripted("external", "ann")));

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(("EXTERNAL", 1), (server.Sessions[0].AuthMechanism, server.Sessions[0].AuthAttempts));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_empty_initial_response_answers_the_empty_challenge(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("EXTERNAL"));
        server.Script.On(SmtpStep.Auth).Reply(334, "");
        server.Script.On(SmtpStep.AuthResponse).Reply(235, "2.7.0 Ok");
        var mechanism = new Scripted("EXTERNAL", "");
        await using var transporter = new SmtpTransporter(Using(server, () => mechanism));

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Contains("AUTH EXTERNAL", server.Sessions[0].Commands);
        Assert.Empty(mechanism.Challenges);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_callers_mechanism_answers_each_challenge(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("X-STEPS"));
        server.Script.On(SmtpStep.Auth).Reply(334, Convert.ToBase64String(Utf8("one?")));
        server.Script.On(SmtpStep.AuthResponse).Times(1).Reply(334, Convert.ToBase64String(Utf8("two?")));
        server.Script.On(SmtpStep.AuthResponse).Reply(235, "2.7.0 Ok");
        var mechanism = new Scripted("X-STEPS", null);
        await using var transporter = new SmtpTransporter(Using(server, () => mechanism));

        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal(["one?", "two?"], mechanism.Challenges);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_callers_mechanism_is_used_once_and_nothing_in_its_place(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("EXTERNAL", "PLAIN", "LOGIN"));
        server.Script.On(SmtpStep.Auth).Reply(535, "5.7.8 No such certificate");
        var created = 0;
        await using var transporter = new SmtpTransporter(
            Using(server, () => new Scripted("EXTERNAL", $"{++created}")) with { User = User, Password = Password });

        var result = await SendAsync(transporter, async);

        Assert.Equal((Outcome.NotSent, 535), (result.Outcome, result.Status));
        Assert.Equal((1, 1), (created, Assert.Single(server.Sessions).AuthAttempts));
    }

    [Theory]
    [InlineData(new[] { "EXTERNAL", "PLAIN" }, "EXTERNAL")]
    [InlineData(new[] { "PLAIN", "EXTERNAL" }, "PLAIN")]
    public async Task The_named_order_holds_for_the_callers_mechanism_too(string[] names, string expected)
    {
        await using var server = SmtpTestServer.Start(Offering("PLAIN", "EXTERNAL"));
        server.Script.On(SmtpStep.Auth, "EXTERNAL").Reply(235, "2.7.0 Ok");
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { SaslMechanismFactory = () => new Scripted("EXTERNAL", ""), AuthenticationMechanisms = names });

        AssertAccepted(await SendAsync(transporter, async: true));

        Assert.Equal(expected, server.Sessions[0].AuthMechanism);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_mechanism_that_is_not_offered_is_an_error_before_anything_is_sent(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("PLAIN"));
        await using var transporter = new SmtpTransporter(Using(server, () => new Scripted("EXTERNAL", "secret of ann")));

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.MechanismNotAvailable, "auth");
        Assert.Contains("does not offer EXTERNAL; it offers PLAIN", result.Errors[^1].Message, StringComparison.Ordinal);
        Assert.Equal(0, server.Sessions[0].AuthAttempts);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_callers_mechanism_is_not_used_in_clear_text(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("EXTERNAL") with { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.Auth).Reply(235, "2.7.0 Ok");
        var options = Using(server, () => new Scripted("EXTERNAL", "ann"));
        await using var refused = new SmtpTransporter(options with { AcceptUnsecureConnection = false });
        await using var allowed = new SmtpTransporter(options with { AcceptUnsecureConnection = true });

        AssertNotSent(await SendAsync(refused, async), SmtpErrorCodes.TlsNotAvailable, "tls");
        Assert.Equal(0, server.Sessions[0].AuthAttempts);
        AssertAccepted(await SendAsync(allowed, async));
    }

    [Theory]
    [InlineData("factory", false)]
    [InlineData("factory", true)]
    [InlineData("null", true)]
    [InlineData("name", true)]
    [InlineData("begin", true)]
    [InlineData("respond", false)]
    [InlineData("respond", true)]
    public async Task A_failure_of_the_callers_code_is_an_error_of_the_send(string where, bool async)
    {
        await using var server = SmtpTestServer.Start(Offering("X-STEPS"));
        server.Script.On(SmtpStep.Auth).Reply(334, "");
        await using var transporter = new SmtpTransporter(Using(server, () => where switch
        {
            "factory" => throw new InvalidOperationException("The card is locked"),
            "null" => null!,
            "name" => new Scripted("not a name", null),
            "begin" => new Scripted("X-STEPS", null) { FailsToBegin = true },
            _ => new Scripted("X-STEPS", null) { FailsToRespond = true },
        }));

        var result = await SendAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.CallbackFailed, "auth");
        Assert.False(result.IsTransient);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_responses_of_the_callers_mechanism_are_in_no_log_and_no_result(bool async)
    {
        const string Secret = "the-ticket-of-ann-0123456789";
        var log = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.log");
        await using var server = SmtpTestServer.Start(Offering("X-TICKET"));
        server.Script.On(SmtpStep.Auth).Reply(535, $"5.7.8 I do not like {Convert.ToBase64String(Utf8(Secret))}");
        try
        {
            SendResult result;
            await using (var transporter = new SmtpTransporter(
                Using(server, () => new Scripted("X-TICKET", Secret)) with { LogFile = log }))
                result = await SendAsync(transporter, async);

            var written = await File.ReadAllTextAsync(log, Cancellation);
            Assert.Contains("AUTH X-TICKET ***", written, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToBase64String(Utf8(Secret)), written + Describe(result), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(log);
        }
    }

    private sealed class Scripted(string name, string? initial) : ISaslMechanism
    {
        public List<string> Challenges { get; } = [];

        public bool FailsToBegin { get; init; }

        public bool FailsToRespond { get; init; }

        public string Name => name;

        public byte[]? Begin() => FailsToBegin ? throw new InvalidOperationException("The card is locked")
            : initial is null ? null : Utf8(initial);

        public byte[] Respond(byte[] challenge)
        {
            Challenges.Add(Encoding.UTF8.GetString(challenge));
            return FailsToRespond ? throw new InvalidOperationException("The card is locked") : Utf8($"answer {Challenges.Count}");
        }
    }
}
