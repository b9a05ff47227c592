using System.Reflection;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class ResultTests
{
    [Theory]
    [InlineData("2.0.0", 2, 0, 0)]
    [InlineData("5.1.10", 5, 1, 10)]
    [InlineData("4.999.999", 4, 999, 999)]
    public void An_enhanced_status_parses_its_own_text(string text, int @class, int subject, int detail)
    {
        Assert.True(EnhancedStatus.TryParse(text, out var status));
        Assert.Equal(new EnhancedStatus(@class, subject, detail), status);
        Assert.Equal(status, EnhancedStatus.Parse(text));
        Assert.Equal(text, status.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("3.0.0")]
    [InlineData("2.0")]
    [InlineData("2.0.0 Ok")]
    [InlineData("2.1000.0")]
    [InlineData("2..0")]
    [InlineData("2..00")]
    [InlineData("2.123")]
    [InlineData("2.0.x")]
    [InlineData("2.0.0000")]
    [InlineData("2-0.0")]
    [InlineData("2.0-0")]
    [InlineData("20.0.0")]
    [InlineData("x")]
    public void Text_that_is_not_an_enhanced_status_is_refused(string? text)
    {
        Assert.False(EnhancedStatus.TryParse(text, out _));
        if (text is not null)
            Assert.Contains("5.1.1", Assert.Throws<FormatException>(() => EnhancedStatus.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(550, "5.1.1 No such user", true)]
    [InlineData(550, "4.1.1 Of another class", false)]
    [InlineData(550, "No code", false)]
    [InlineData(550, "5.1.1x", false)]
    [InlineData(550, "5.1. No such user", false)]
    [InlineData(550, "5.1.1\tNo such user", true)]
    [InlineData(450, "4.2.1 Busy", true)]
    [InlineData(250, "2.0.0", true)]
    public void A_reply_has_an_enhanced_status_of_its_own_class_only(int code, string text, bool expected) =>
        Assert.Equal(expected, EnhancedStatus.FromReply(code, text) is not null);

    [Theory]
    [InlineData("2.0.0 Ok: queued as 4F1C2A0B9D", "4F1C2A0B9D")]
    [InlineData("2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as AB12", "AB12")]
    [InlineData(
        "2.6.0 <x@y> [InternalId=123456789, Hostname=AM0PR.example] 8000 bytes in 0.1, 70 KB/sec Queued mail for delivery", "123456789")]
    [InlineData("OK id=1qABCD-000123-Xy", "1qABCD-000123-Xy")]
    [InlineData("2.0.0 OK  1700000000 d9443c01a7336-1c9d5a8b0c1sm123.4 - gsmtp", "d9443c01a7336-1c9d5a8b0c1sm123.4")]
    [InlineData("2.0.0 3AB12cD4012345 Message accepted for delivery", "3AB12cD4012345")]
    [InlineData(
        "Ok 0102018f5a1b2c3d-4e5f6a7b-8c9d-0e1f-2a3b-4c5d6e7f8a9b-000000", "0102018f5a1b2c3d-4e5f6a7b-8c9d-0e1f-2a3b-4c5d6e7f8a9b-000000")]
    [InlineData("1234 byte chunk, total 5678 OK id=1uABCD-00000000123-Xy9z", "1uABCD-00000000123-Xy9z")]
    [InlineData("Message Queued (6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1)", "6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1")]
    [InlineData(
        "Message Queued (6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1) (6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1)",
        "6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1")]
    [InlineData("Ok. 000000006A2B3C4D.0000F1E2", "000000006A2B3C4D.0000F1E2")]
    [InlineData("Ok. 1234 bytes", null)]
    [InlineData("Message Queued", null)]
    [InlineData("1234 byte chunk, total 5678", null)]
    [InlineData("2.0.0 Ok", null)]
    [InlineData("Queued (10.5 seconds)", null)]
    [InlineData("", null)]
    public void The_queue_id_is_found_in_the_replies_of_servers(string reply, string? expected)
    {
        Assert.Equal(expected, QueueId.Find(reply));
        Assert.Equal(expected, SendResult.Create(Outcome.Accepted, 250, reply).QueueId);
    }

    [Fact]
    public void The_error_codes_are_unique_and_in_the_range_of_a_layer()
    {
        var codes = Codes().ToList();

        Assert.NotEmpty(codes);
        Assert.Equal(codes.Count, codes.Distinct().Count());
        Assert.All(codes, code => Assert.InRange(code, 1001, 9999));
    }

    [Fact]
    public void Every_error_code_has_a_kind()
    {
        Assert.Equal([SmtpErrorCodes.Unexpected], Codes().Where(code => new SmtpError(code, "x", "x").Kind == SmtpErrorKind.Unknown));
        Assert.Equal(SmtpErrorKind.Unknown, new SmtpError(0, "x", "x").Kind);
        Assert.Equal(SmtpErrorKind.Unknown, default);
    }

    [Theory]
    [InlineData(SmtpErrorCodes.CallbackFailed, SmtpErrorKind.Callback)]
    [InlineData(SmtpErrorCodes.NoFreeConnection, SmtpErrorKind.Timeout)]
    [InlineData(SmtpErrorCodes.RateLimitExceedsCapacity, SmtpErrorKind.RateLimit)]
    [InlineData(SmtpErrorCodes.PickupFolderFailed, SmtpErrorKind.Options)]
    [InlineData(SmtpErrorCodes.AttachmentUnreadable, SmtpErrorKind.Message)]
    [InlineData(SmtpErrorCodes.HostNotFound, SmtpErrorKind.Dns)]
    [InlineData(SmtpErrorCodes.ResolveTimeout, SmtpErrorKind.Timeout)]
    [InlineData(SmtpErrorCodes.ConnectFailed, SmtpErrorKind.Connect)]
    [InlineData(SmtpErrorCodes.ConnectionClosed, SmtpErrorKind.ConnectionLost)]
    [InlineData(SmtpErrorCodes.TlsNotAvailable, SmtpErrorKind.Tls)]
    [InlineData(SmtpErrorCodes.CertificateNotTrusted, SmtpErrorKind.Certificate)]
    [InlineData(SmtpErrorCodes.EncryptionRequired, SmtpErrorKind.Authentication)]
    [InlineData(SmtpErrorCodes.ProtocolError, SmtpErrorKind.Protocol)]
    [InlineData(SmtpErrorCodes.DkimFailed, SmtpErrorKind.Signing)]
    [InlineData(SmtpErrorCodes.LogWriteFailed, SmtpErrorKind.Log)]
    public void The_kind_of_an_error_follows_from_its_code(int code, SmtpErrorKind kind) =>
        Assert.Equal(kind, new SmtpError(code, "x", "x").Kind);

    [Theory]
    [InlineData(Outcome.Accepted, 550)]
    [InlineData(Outcome.Accepted, 0)]
    [InlineData(Outcome.Refused, 450)]
    [InlineData(Outcome.Deferred, 550)]
    [InlineData(Outcome.Unknown, 250)]
    [InlineData(Outcome.NotSent, 250)]
    [InlineData(Outcome.PartiallyAccepted, 250)]
    public void A_result_cannot_contradict_itself(Outcome outcome, int status) =>
        Assert.Throws<ArgumentException>(() => SendResult.Create(outcome, status, ""));

    [Fact]
    public void EnsureSuccess_returns_a_success_and_throws_any_other_result()
    {
        var accepted = SendResult.Create(Outcome.Accepted, 250, "2.0.0 Ok");
        var refused = SendResult.Create(Outcome.Refused, 550, "5.7.1 Spam", [new RecipientResult("a@x", RecipientState.Refused, 550)]);

        Assert.Same(accepted, accepted.EnsureSuccess());
        var exception = Assert.Throws<SmtpTransporterException>(refused.EnsureSuccess);
        Assert.Same(refused, exception.Result);
        Assert.Contains("5.7.1 Spam", exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("Refused 550 5.7.1 Spam. Check SPF, DKIM", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void RetryRecipients_are_the_deferred_and_after_a_transient_failure_the_untried()
    {
        RecipientResult[] recipients =
        [
            new("a@x", RecipientState.Accepted, 250), new("b@x", RecipientState.Deferred, 450), new("c@x", RecipientState.Refused, 550),
        ];

        Assert.Equal(["b@x"], SendResult.Create(Outcome.PartiallyAccepted, 450, "", recipients).RetryRecipients);
        Assert.Equal(["d@x"], SendResult.Create(Outcome.NotSent, 0, "", [new("d@x", RecipientState.NotTried)]).RetryRecipients);
        Assert.Empty(SendResult.Create(Outcome.NotSent, 535, "", [new("d@x", RecipientState.NotTried)]).RetryRecipients);
        Assert.Throws<InvalidOperationException>(() => SendResult.Create(Outcome.PartiallyAccepted, 450, "", recipients).RetryEmail());
    }

    private static IEnumerable<int> Codes() =>
        typeof(SmtpErrorCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (int)f.GetRawConstantValue()!);
}
