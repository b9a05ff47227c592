using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests an email with demands of its own among emails that follow one another without waiting.</summary>
public sealed class OverlapDemandTests : OverlapTest
{
    private static readonly bool[] Both = [false, true];

    public static MatrixTheoryData<string, bool, bool> Parameters => new(["SMTPUTF8", "DSN"], Both, Both);

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task An_email_that_requires_TLS_waits_for_its_turn_and_is_the_only_one_with_REQUIRETLS(bool chunking, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { RequireTls = true, Chunking = chunking });
        using var transporter = NewTransporter(server);
        var emails = Names.Select(NewNamed).ToList();
        emails[1].TlsRequirement = TlsRequirement.Required;

        var results = await SendTogetherAsync(server, transporter, async, emails, ready: 2);

        Assert.All(results, AssertAccepted);
        AssertStored(server, Names);
        Assert.Equal([false, true, false, false], results.Select(r => r.WasTlsRequired));
        Assert.Equal(["b"], server.Messages.Where(m => m.SenderParameters.ContainsKey("REQUIRETLS")).Select(m => m.Message.Subject));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public async Task Parameters_go_with_their_own_email_before_its_turn(string extension, bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        var emails = Names.Select(NewNamed).ToList();
        Demand(emails[1], extension);

        var results = await SendTogetherAsync(server, transporter, async, emails);

        Assert.All(results, AssertAccepted);
        Assert.All(server.Messages, m => Assert.Equal(
            m.Message.Subject == "b",
            m.SenderParameters.ContainsKey("SMTPUTF8") || m.RecipientParameters[0].ContainsKey("NOTIFY")));
        Assert.Equal(["first", .. Names], server.Messages.Select(m => m.Message.Subject));
        Assert.Contains("RSET", Verbs(Assert.Single(server.Sessions)));
    }

    [Theory]
    [MemberData(nameof(Parameters))]
    public async Task What_the_server_does_not_offer_fails_the_email_that_needs_it_alone(string extension, bool chunking, bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Chunking = chunking, SmtpUtf8 = false, Dsn = false });
        using var transporter = NewTransporter(server);
        var emails = Names.Select(NewNamed).ToList();
        Demand(emails[1], extension);

        var results = await SendTogetherAsync(server, transporter, async, emails, ready: 2);

        AssertNotSent(results[1], extension == "DSN" ? SmtpErrorCodes.DsnRequired : SmtpErrorCodes.SmtpUtf8Required, "mail");
        Assert.All(results.Where((_, i) => i != 1), AssertAccepted);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        AssertStored(server, "a", "c", "d");
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task A_refused_recipient_is_refused_for_its_own_email_only(bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.RcptTo, "gone@").Reply(550, "5.1.1 Nobody of this name");
        var emails = Names.Select(NewNamed).ToList();
        emails[1].Cc = "gone@example.org";

        var results = await SendTogetherAsync(server, transporter, async, emails);

        Assert.Equal(
            [Outcome.Accepted, Outcome.PartiallyAccepted, Outcome.Accepted, Outcome.Accepted], results.Select(r => r.Outcome));
        Assert.Equal([RecipientState.Accepted, RecipientState.Refused], results[1].Recipients.Select(r => r.State));
        AssertStored(server, Names);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_callback_before_a_transmission_runs_after_the_email_before_it_was_answered(bool chunking)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        var stored = new List<string?>();
        var second = StoredMessage.FromEmail(NewNamed("b")) with
        {
            BeforeTransmission = _ =>
            {
                stored.AddRange(server.Messages.Select(m => m.Message.Subject));
                return ValueTask.CompletedTask;
            },
        };

        // Without chunks only the envelope goes before its turn, and the callback is not for that.
        var results = await SendTogetherAsync(
            server, transporter, Calls(transporter, second), ready: chunking ? 2 : 3);

        Assert.All(results, AssertAccepted);
        Assert.Equal(["first", "a"], stored);
        AssertStored(server, Names);
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_before_a_transmission_that_fails_costs_no_other_email_anything(bool chunking)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        var second = StoredMessage.FromEmail(NewNamed("b")) with
        {
            BeforeTransmission = _ => throw new InvalidOperationException("The store is closed."),
        };

        var results = await SendTogetherAsync(
            server, transporter, Calls(transporter, second), ready: chunking ? 2 : 3);

        AssertNotSent(results[1], SmtpErrorCodes.CallbackFailed, "conf");
        Assert.All(results.Where((_, i) => i != 1), AssertAccepted);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        AssertStored(server, "a", "c", "d");
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_callback_before_the_envelope_makes_the_email_wait_for_its_turn(bool chunking)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        var begun = new List<int>();
        var second = StoredMessage.FromEmail(NewNamed("b")) with
        {
            BeforeEnvelope = _ =>
            {
                begun.Add(Verbs(server.Sessions[0]).Count(v => v == "MAIL"));
                return ValueTask.FromResult<IDisposable?>(null);
            },
        };

        var results = await SendTogetherAsync(server, transporter, Calls(transporter, second), ready: 2);

        Assert.All(results, AssertAccepted);
        // Only those before it have begun.
        Assert.Equal([2], begun);
        AssertStored(server, Names);
    }

    /// <summary>The calls for four emails, of which the second is a stored one.</summary>
    private static IReadOnlyList<Func<Task<SendResult>>> Calls(SmtpTransporter transporter, StoredMessage second) =>
        [.. Names.Select(name => (Func<Task<SendResult>>)(() => name == "b"
            ? transporter.SendAsync(second, Cancellation) : transporter.SendAsync(NewNamed(name), Cancellation)))];

    private static void Demand(Email email, string extension)
    {
        if (extension == "DSN")
            email.Notify = DeliveryNotifications.Failure;
        else
            email.To = "bjørn@example.org";
    }
}
