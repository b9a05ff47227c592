using System.Globalization;
using System.Text;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what an email demands of TLS on its way (RFC 8689), and that no connection lowers it.</summary>
public sealed class RequireTlsTests : SocketTest
{
    private static readonly SmtpTestServerOptions Offering = new() { RequireTls = true, Users = Users };

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_that_requires_TLS_is_sent_with_REQUIRETLS_and_the_result_says_so(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var required = await SendAsync(transporter, async, Requiring());
        var other = await SendAsync(transporter, async);

        AssertAccepted(required);
        AssertAccepted(other);
        Assert.Equal((true, false), (required.WasTlsRequired, other.WasTlsRequired));
        Assert.Equal([true, false], server.Messages.Select(m => m.SenderParameters.ContainsKey("REQUIRETLS")));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Without_the_offer_nothing_of_the_email_is_sent_and_the_connection_lives(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, Requiring());

        AssertNotSent(result, SmtpErrorCodes.RequireTlsUnavailable, "mail");
        Assert.Contains("does not offer REQUIRETLS", result.Reason, StringComparison.Ordinal);
        Assert.Equal("own.require-tls", result.Explanation?.Code);
        Assert.Equal((false, false), (result.WasTlsRequired, result.IsTransient));
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(["EHLO", "STARTTLS", "EHLO", "MAIL"], Verbs(Assert.Single(server.Sessions)).Take(4));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_certificate_that_was_only_accepted_is_not_enough(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { TrustedCertificates = [], DangerouslyAcceptAnyServerCertificate = true });

        var result = await SendAsync(transporter, async, Requiring());

        AssertNotSent(result, SmtpErrorCodes.RequireTlsUnavailable, "mail");
        Assert.Contains("certificate was not verified", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_offer_in_clear_text_is_not_enough(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "REQUIRETLS");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, Requiring());

        AssertNotSent(result, SmtpErrorCodes.RequireTlsUnavailable, "mail");
        Assert.Contains("not encrypted", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("MAIL", Verbs(server.Sessions[0]));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_that_does_without_TLS_says_so_in_its_header(bool async)
    {
        await using var server = SmtpTestServer.Start();
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.TlsRequirement = TlsRequirement.NotRequired;
        // As it stands in an email that was read: it is written once.
        email.Headers.Add("TLS-Required", "No");

        var result = await SendAsync(transporter, async, email);

        AssertAccepted(result);
        Assert.False(result.WasTlsRequired);
        Assert.Equal(["No"], server.Messages[0].Message.Headers.Where(h => h.Field == "TLS-Required").Select(h => h.Value));
    }

    [Fact]
    public async Task Both_wishes_at_once_are_an_error_of_the_email()
    {
        await using var transporter = new SmtpTransporter(new ServerOptions { Host = "127.0.0.1", Port = 1 });
        var email = Requiring();
        email.Headers.Add("tls-required", "No");

        var result = await transporter.SendAsync(email, Cancellation);

        AssertNotSent(result, SmtpErrorCodes.InvalidContent, "mail");
        Assert.Contains("contradicts the field TLS-Required", result.Reason, StringComparison.Ordinal);
        email = NewMail();
        email.TlsRequirement = (TlsRequirement)9;
        AssertNotSent(await transporter.SendAsync(email, Cancellation), SmtpErrorCodes.InvalidContent, "mail");
    }

    [Fact]
    public void The_demand_survives_JSON_a_copy_and_a_stored_message()
    {
        foreach (var requirement in Enum.GetValues<TlsRequirement>())
        {
            var email = NewMail();
            email.TlsRequirement = requirement;

            Assert.Equal(requirement, Email.FromJson(email.ToJson()).TlsRequirement);
            var stored = StoredMessage.FromEmail(email);
            Assert.Equal(requirement == TlsRequirement.Required, stored.RequireTls);
            Assert.Equal(
                requirement == TlsRequirement.NotRequired,
                Encoding.ASCII.GetString(stored.Message.Span).Contains("TLS-Required: No\r\n", StringComparison.Ordinal));
        }
        var exception = Assert.Throws<FormatException>(() => Email.FromJson("""{"tlsRequirement": "maybe"}"""));
        Assert.Contains("tlsRequirement", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_stored_message_requires_TLS_as_its_email_did(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var stored = StoredMessage.FromEmail(Requiring());

        var result = async ? await transporter.SendAsync(stored, Cancellation) : transporter.Send(stored, Cancellation);

        AssertAccepted(result);
        Assert.True(result.WasTlsRequired);
        Assert.True(server.Messages[0].SenderParameters.ContainsKey("REQUIRETLS"));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_client_of_the_caller_requires_TLS_for_the_email_that_demands_it_alone(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        await using var transporter = new SmtpTransporter(server.ToServerOptions(), () => new SmtpClient());

        AssertAccepted(await SendAsync(transporter, async, Requiring()));
        AssertAccepted(await SendAsync(transporter, async));

        Assert.Equal([true, false], server.Messages.Select(m => m.SenderParameters.ContainsKey("REQUIRETLS")));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_client_of_the_caller_that_requires_TLS_itself_goes_on_to_require_it(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        await using var transporter = new SmtpTransporter(server.ToServerOptions(), () => new SmtpClient { RequireTLS = true });

        AssertAccepted(await SendAsync(transporter, async, Requiring()));
        AssertAccepted(await SendAsync(transporter, async));

        Assert.All(server.Messages, m => Assert.True(m.SenderParameters.ContainsKey("REQUIRETLS")));
        Assert.Equal(2, server.Messages.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_idle_connection_without_the_offer_gives_way_to_one_that_may_have_it(bool async)
    {
        await using var server = SmtpTestServer.Start(Offering);
        // The first session is with a node that is older than the others.
        server.Script.On(SmtpStep.Ehlo).After(1).Times(1).ReplyLines(250, "localhost", "AUTH PLAIN");
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 1 });

        AssertAccepted(await SendAsync(transporter, async));
        var required = await SendAsync(transporter, async, Requiring());
        AssertAccepted(await SendAsync(transporter, async));

        AssertAccepted(required);
        await server.WaitForSessionEndAsync(0, Cancellation);
        Assert.Equal([1, 2, 2], server.Messages.Select(m => m.Session.Id));
        Assert.True(server.Sessions[0].EndedWithQuit);
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_server_without_the_offer_gets_one_new_connection_in_a_minute(bool async)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var server = SmtpTestServer.Start(new() { Users = Users });
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { IdleTimeout = TimeSpan.FromHours(1) }, null, time, new SystemResolver());

        AssertAccepted(await SendAsync(transporter, async));
        for (var i = 0; i < 3; i++)
            AssertNotSent(await SendAsync(transporter, async, Requiring()), SmtpErrorCodes.RequireTlsUnavailable, "mail");
        Assert.Equal(2, server.Sessions.Count);
        time.Advance(TimeSpan.FromSeconds(61));
        AssertNotSent(await SendAsync(transporter, async, Requiring()), SmtpErrorCodes.RequireTlsUnavailable, "mail");

        Assert.Equal(3, server.Sessions.Count);
        AssertAccepted(await SendAsync(transporter, async));
        Assert.Equal(3, server.Sessions.Count);
    }

    [Fact]
    public async Task Of_a_hundred_emails_of_four_kinds_none_is_sent_over_a_connection_that_was_made_otherwise()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.Implicit, RequireTls = true, Users = Users });
        // Every third connection is to a node that does not offer the extension.
        for (var node = 0; node < 100; node++)
        {
            server.Script.On(SmtpStep.Ehlo).Times(1).ReplyLines(
                250, ["localhost", "PIPELINING", "AUTH PLAIN", "DSN", .. node % 3 == 1 ? (string[])[] : ["REQUIRETLS"]]);
        }
        await using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { MaxConnections = 2, MaxMessagesPerConnection = 5 });
        var random = new Random(20);
        var emails = Enumerable.Range(0, 100).Select(i => NewOfKind(i % 4, i)).OrderBy(_ => random.Next()).ToList();

        var results = new List<SendManyResult>();
        await foreach (var result in transporter.SendManyAsync(emails, cancellationToken: Cancellation))
            results.Add(result);

        Assert.Equal(100, results.Count);
        Assert.All(results, r => Assert.True(
            r.Result.Success
            || (emails[(int)r.Index].TlsRequirement == TlsRequirement.Required
                && r.Result.Errors[^1].ErrCode == SmtpErrorCodes.RequireTlsUnavailable),
            r.Result.Reason));
        Assert.Contains(results, r => r.Result.WasTlsRequired);
        Assert.Equal(results.Count(r => r.Result.Success), server.Messages.Count);
        Assert.All(server.Messages, message =>
        {
            var kind = int.Parse(message.Message.Subject!, CultureInfo.InvariantCulture) % 4;
            Assert.Equal(kind == 1, message.SenderParameters.ContainsKey("REQUIRETLS"));
            Assert.Equal(kind == 2, message.Message.Headers.Contains("TLS-Required"));
            if (kind == 1)
                Assert.Contains(message.Session.Transcript, l => l.StartsWith("S: 250", StringComparison.Ordinal)
                    && l.EndsWith("REQUIRETLS", StringComparison.Ordinal));
        });
    }

    private static Email NewOfKind(int kind, int number)
    {
        var email = NewMail();
        email.Subject = number.ToString(CultureInfo.InvariantCulture);
        email.TlsRequirement = kind switch
        {
            1 => TlsRequirement.Required,
            2 => TlsRequirement.NotRequired,
            _ => TlsRequirement.Unspecified,
        };
        if (kind == 3)
            email.Notify = DeliveryNotifications.Failure;
        return email;
    }

    private static Email Requiring()
    {
        var email = NewMail();
        email.TlsRequirement = TlsRequirement.Required;
        return email;
    }
}
