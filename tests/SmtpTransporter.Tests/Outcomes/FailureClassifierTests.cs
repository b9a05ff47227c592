using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests each kind of exception at each step, and what it reports to the caller.</summary>
public sealed class FailureClassifierTests : IDisposable
{
    private readonly CancellationTokenSource _disposal = new();
    private readonly Deadline _deadline;

    public FailureClassifierTests() => _deadline = new(TimeProvider.System, TimeSpan.FromHours(1), CancellationToken.None, _disposal.Token);

    public void Dispose()
    {
        _deadline.Dispose();
        _disposal.Dispose();
    }

    private static ConnectionFacts At(DialogueStep step, string? lastLine = null)
    {
        var tracker = new DialogueTracker(TimeProvider.System) { LastServerLine = lastLine ?? "" };
        return new() { Step = step, ClosingNotice = tracker.ClosingNotice };
    }

    private Failure Judge(Exception exception, DialogueStep step = DialogueStep.Mail, string? lastLine = null) =>
        FailureClassifier.Classify(exception, _deadline, At(step, lastLine));

    private static void AssertLocal(Failure failure, int code, string component, bool transient, string? message = null)
    {
        Assert.Null(failure.Reply);
        Assert.Equal(0, failure.Status);
        Assert.All(failure.Errors, e => Assert.Equal((code, component), (e.ErrCode, e.ComponentSignature)));
        Assert.Equal(transient, failure.IsTransient);
        if (message is not null)
            Assert.Equal(message, failure.Errors[^1].Message);
    }

    private static SmtpCommandException Command(int code, string text) => new(SmtpErrorCode.MessageNotAccepted, (SmtpStatusCode)code, text);

    [Theory]
    [InlineData(400, true)]
    [InlineData(499, true)]
    [InlineData(500, false)]
    [InlineData(599, false)]
    public void A_refusal_by_the_server_is_reported_as_its_reply_without_an_error(int code, bool transient)
    {
        var failure = Judge(Command(code, "5.7.1 No"));

        Assert.Equal((code, "5.7.1 No"), (failure.Status, failure.Reply?.Text));
        Assert.Equal(transient, failure.IsTransient);
        Assert.Empty(failure.Errors);
    }

    [Theory]
    [InlineData(399)]
    [InlineData(600)]
    public void An_unexpected_positive_reply_is_a_protocol_error(int code) =>
        AssertLocal(
            Judge(Command(code, "What")), SmtpErrorCodes.ProtocolError, "smtp", true,
            $"The server answered {code}, which is not a valid reply: What");

    [Fact]
    public void A_demand_for_authentication_is_a_530_reply_with_an_error()
    {
        var failure = Judge(new ServiceNotAuthenticatedException("5.7.0 Log in first"));

        Assert.Equal((530, "5.7.0 Log in first", false), (failure.Status, failure.Reply?.Text, failure.IsTransient));
        Assert.Equal([new SmtpError(SmtpErrorCodes.AuthenticationRequired, "5.7.0 Log in first", "auth")], failure.Errors);
    }

    [Theory]
    [InlineData("535: 5.7.8 Wrong", 535, "5.7.8 Wrong", false)]
    [InlineData("400: Later", 400, "Later", true)]
    [InlineData("454: 4.7.0 Later", 454, "4.7.0 Later", true)]
    [InlineData("500: ", 500, "", false)]
    [InlineData("599: No", 599, "No", false)]
    public void Refused_authentication_has_the_reply_code_in_its_exception_message(string message, int code, string text, bool transient)
    {
        var failure = Judge(new AuthenticationException(message), DialogueStep.Authenticate);

        Assert.Equal((code, text, transient), (failure.Status, failure.Reply?.Text, failure.IsTransient));
        Assert.Equal([new SmtpError(SmtpErrorCodes.AuthenticationFailed, message.Trim(), "auth")], failure.Errors);
    }

    [Theory]
    [InlineData("399: What")]
    [InlineData("600: What")]
    [InlineData("5 5: What")]
    [InlineData("-35: What")]
    [InlineData("535 What")]
    [InlineData("535:What")]
    [InlineData("No")]
    public void Failed_authentication_without_a_reply_is_an_error(string message) =>
        AssertLocal(
            Judge(new AuthenticationException(message), DialogueStep.Authenticate), SmtpErrorCodes.AuthenticationFailed, "auth", false,
            message);

    [Theory]
    [InlineData("421 4.3.2 Shutting down", "4.3.2 Shutting down")]
    [InlineData("421", "")]
    [InlineData("421 ", "")]
    public void A_connection_closed_after_a_421_is_reported_as_that_reply(string line, string text)
    {
        foreach (var lost in (Exception[])[
            new SmtpProtocolException("The SMTP server has unexpectedly disconnected."), new IOException("lost"), new SocketException()])
        {
            var failure = Judge(lost, DialogueStep.Mail, line);

            Assert.Equal((421, text, true), (failure.Status, failure.Reply?.Text, failure.IsTransient));
            Assert.Empty(failure.Errors);
        }
    }

    [Theory]
    [InlineData("421-4.3.2 Shutting down")]
    [InlineData("4210 What")]
    [InlineData("250 Ok")]
    public void A_connection_closed_after_any_other_reply_is_reported_as_lost(string line) =>
        AssertLocal(Judge(new IOException("lost"), DialogueStep.Mail, line), SmtpErrorCodes.ConnectionLost, "tcp", true, "lost");

    [Fact]
    public void An_earlier_421_is_reported_only_if_the_connection_is_lost() =>
        AssertLocal(Judge(new FormatException("bad"), DialogueStep.Mail, "421 Bye"), SmtpErrorCodes.InvalidMessage, "mail", false);

    [Theory]
    [InlineData(SmtpErrorCodes.TokenUnavailable, true)]
    [InlineData(SmtpErrorCodes.NoFreeConnection, true)]
    [InlineData(SmtpErrorCodes.RateLimited, true)]
    [InlineData(SmtpErrorCodes.EncryptionRequired, false)]
    [InlineData(SmtpErrorCodes.CallbackFailed, false)]
    public void A_known_failure_is_reported_unchanged(int code, bool transient) =>
        AssertLocal(Judge(new SendFailureException(code, "auth", "It is known")), code, "auth", transient, "It is known");

    [Fact]
    public void A_known_failure_inside_a_handshake_is_reported_unchanged() =>
        AssertLocal(
            Judge(
                new SslHandshakeException("failed", new SendFailureException(SmtpErrorCodes.ProtocolError, "tls", "Injected")),
                DialogueStep.TlsHandshake),
            SmtpErrorCodes.ProtocolError, "tls", false, "Injected");

    [Fact]
    public void A_fault_of_the_email_is_reported_before_any_other_failure()
    {
        _disposal.Cancel();

        AssertLocal(
            Judge(new EmailContentException(SmtpErrorCodes.MessageTooLarge, "Too large")), SmtpErrorCodes.MessageTooLarge, "mail", false,
            "Too large");
        AssertLocal(
            Judge(new EmailContentException(
                SmtpErrorCodes.DkimFailed, "No key", component: "dkim")), SmtpErrorCodes.DkimFailed, "dkim", false, "No key");
    }

    [Fact]
    public void Disposal_is_reported_unless_the_server_has_replied()
    {
        _disposal.Cancel();

        AssertLocal(
            Judge(new IOException("closed")), SmtpErrorCodes.Disposed, "conf", false,
            "The transporter was disposed while this was under way.");
        Assert.Equal(550, Judge(Command(550, "No")).Status);
    }

    [Theory]
    [InlineData(nameof(DialogueStep.Resolve), SmtpErrorCodes.ResolveTimeout, "dns", "resolved")]
    [InlineData(nameof(DialogueStep.Connect), SmtpErrorCodes.ConnectTimeout, "tcp", "accept the connection")]
    [InlineData(nameof(DialogueStep.Greeting), SmtpErrorCodes.ReplyTimeout, "smtp", "ImplicitTls")]
    [InlineData(nameof(DialogueStep.Hello), SmtpErrorCodes.ReplyTimeout, "smtp", "(Hello)")]
    [InlineData(nameof(DialogueStep.TlsHandshake), SmtpErrorCodes.TlsTimeout, "tls", "TLS handshake")]
    [InlineData(nameof(DialogueStep.Authenticate), SmtpErrorCodes.AuthenticationTimeout, "auth", "authentication")]
    [InlineData(nameof(DialogueStep.FinalReply), SmtpErrorCodes.ReplyTimeout, "smtp", "(FinalReply)")]
    public void A_timeout_error_names_the_step_that_exceeded_the_limit(string step, int code, string component, string word)
    {
        var at = Enum.Parse<DialogueStep>(step);
        using var over = new Deadline(TimeProvider.System, TimeSpan.Zero, CancellationToken.None, CancellationToken.None);
        Failure[] failures =
        [
            FailureClassifier.Classify(new OperationCanceledException(), over, At(at)),
            Judge(new TimeoutException("too late"), at),
            Judge(new IOException("read", new SocketException((int)SocketError.TimedOut)), at),
        ];

        foreach (var failure in failures)
        {
            AssertLocal(failure, code, component, true);
            Assert.Contains(word, failure.Errors[^1].Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, nameof(DialogueStep.Connect), SmtpErrorCodes.HostNotFound, "dns")]
    [InlineData(SocketError.NoData, nameof(DialogueStep.Connect), SmtpErrorCodes.HostNotFound, "dns")]
    [InlineData(SocketError.TryAgain, nameof(DialogueStep.Connect), SmtpErrorCodes.HostNotFound, "dns")]
    [InlineData(SocketError.AccessDenied, nameof(DialogueStep.Resolve), SmtpErrorCodes.HostNotFound, "dns")]
    [InlineData(SocketError.ConnectionRefused, nameof(DialogueStep.Connect), SmtpErrorCodes.ConnectFailed, "tcp")]
    [InlineData(SocketError.ConnectionReset, nameof(DialogueStep.Mail), SmtpErrorCodes.ConnectionLost, "tcp")]
    public void A_socket_error_belongs_to_the_name_the_connection_or_a_later_step(
        SocketError error, string step, int code, string component) =>
        AssertLocal(Judge(new SocketException((int)error), Enum.Parse<DialogueStep>(step)), code, component, true);

    [Theory]
    [InlineData(nameof(DialogueStep.TlsHandshake), "tls")]
    [InlineData(nameof(DialogueStep.Data), "tcp")]
    public void A_lost_connection_is_an_error_of_its_layer(string step, string component) =>
        AssertLocal(Judge(new IOException("lost"), Enum.Parse<DialogueStep>(step)), SmtpErrorCodes.ConnectionLost, component, true, "lost");

    [Fact]
    public void A_closed_connection_differs_from_a_malformed_reply()
    {
        AssertLocal(
            Judge(new SmtpProtocolException("The SMTP server has unexpectedly disconnected.")), SmtpErrorCodes.ConnectionClosed, "smtp",
            true);
        AssertLocal(Judge(new SmtpProtocolException("Unexpected reply")), SmtpErrorCodes.ProtocolError, "smtp", true, "Unexpected reply");
        AssertLocal(Judge(new ServiceNotConnectedException("gone")), SmtpErrorCodes.ConnectionClosed, "smtp", true, "gone");
    }

    [Theory]
    [InlineData(nameof(DialogueStep.None))]
    [InlineData(nameof(DialogueStep.Greeting))]
    [InlineData(nameof(DialogueStep.Hello))]
    public void The_error_for_a_server_without_starttls_says_what_was_not_done(string step)
    {
        var failure = Judge(new NotSupportedException("No STARTTLS"), Enum.Parse<DialogueStep>(step));

        AssertLocal(failure, SmtpErrorCodes.TlsNotAvailable, "tls", false);
        Assert.Equal("No STARTTLS", failure.Errors[0].Message);
        Assert.Contains("AcceptUnsecureConnection", failure.Errors[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_lost_during_the_handshake_says_nothing_about_tls_and_may_pass()
    {
        var handshake = new SslHandshakeException("failed", new IOException("inner"));

        var failure = FailureClassifier.Classify(handshake, _deadline, At(DialogueStep.TlsHandshake));

        AssertLocal(failure, SmtpErrorCodes.ConnectionLost, "tls", true);
        Assert.Equal((2, "inner"), (failure.Errors.Count, failure.Errors[0].Message));
        Assert.Contains("lost during the TLS handshake", failure.Errors[1].Message, StringComparison.Ordinal);
        Assert.Contains("465", failure.Errors[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_handshake_has_a_hint_and_a_refused_certificate_has_its_reason()
    {
        var facts = At(DialogueStep.TlsHandshake);
        var handshake = new SslHandshakeException("failed", new System.Security.Authentication.AuthenticationException("inner"));

        var failure = FailureClassifier.Classify(handshake, _deadline, facts);

        AssertLocal(failure, SmtpErrorCodes.TlsHandshakeFailed, "tls", false);
        Assert.Equal((2, "inner"), (failure.Errors.Count, failure.Errors[0].Message));
        Assert.Contains("465", failure.Errors[1].Message, StringComparison.Ordinal);
        var check = new ServerCertificateCheck(new ServerOptions { Host = "localhost" });
        check.Accepts(null, null, null, default);
        AssertLocal(
            FailureClassifier.Classify(
                handshake, _deadline,
                facts with { CertificateProblem = check.Problem }), SmtpErrorCodes.CertificateNotTrusted, "tls", false,
            "The server's certificate is not trusted: the server showed no certificate.");
    }

    [Fact]
    public void An_exception_is_a_fault_of_the_message_only_during_its_transmission()
    {
        AssertLocal(Judge(new FormatException("bad")), SmtpErrorCodes.InvalidMessage, "mail", false, "bad");
        AssertLocal(Judge(new InvalidOperationException("bad"), DialogueStep.Data), SmtpErrorCodes.InvalidMessage, "mail", false, "bad");
        AssertLocal(Judge(new InvalidOperationException("bad"), DialogueStep.Ready), SmtpErrorCodes.Unexpected, "smtp", false, "bad");
        AssertLocal(Judge(new NotSupportedException("bad"), DialogueStep.StartTls), SmtpErrorCodes.Unexpected, "smtp", false, "bad");
    }

    [Fact]
    public void The_step_is_None_before_a_connection_exists()
    {
        AssertLocal(
            FailureClassifier.Classify(new SocketException((int)SocketError.ConnectionReset), _deadline, ConnectionFacts.None),
            SmtpErrorCodes.ConnectionLost, "tcp", true);
        AssertLocal(
            FailureClassifier.Classify(new ArithmeticException("odd"), _deadline, ConnectionFacts.None), SmtpErrorCodes.Unexpected, "smtp",
            false, "odd");
    }

    [Theory]
    [InlineData(false, SmtpErrorCodes.ProtocolError)]
    [InlineData(true, SmtpErrorCodes.ConnectionClosed)]
    public void A_broken_session_is_a_protocol_violation_or_a_closed_connection(bool closed, int code) =>
        AssertLocal(Judge(new SessionBrokenException("Broken", closed)), code, "smtp", true, "Broken");

    [Theory]
    [InlineData(550, false)]
    [InlineData(450, true)]
    public void A_refusal_is_reported_as_its_reply(int code, bool transient)
    {
        var failure = FailureClassifier.Refused(new Reply(code, "No"));

        Assert.Equal((code, "No", transient), (failure.Status, failure.Reply?.Text, failure.IsTransient));
        Assert.Empty(failure.Errors);
    }

    [Fact]
    public void A_refusal_that_demands_authentication_also_has_an_error()
    {
        var failure = FailureClassifier.Refused(new Reply(530, "5.7.0 Log in first"));

        Assert.Equal([new SmtpError(SmtpErrorCodes.AuthenticationRequired, "5.7.0 Log in first", "auth")], failure.Errors);
    }

    [Fact]
    public void Cancellation_is_reported_unless_the_server_replied_or_the_email_is_at_fault()
    {
        using var canceled = new Deadline(TimeProvider.System, TimeSpan.FromHours(1), new CancellationToken(true), CancellationToken.None);

        Assert.True(FailureClassifier.Classify(new OperationCanceledException(), canceled, ConnectionFacts.None).IsCanceled);
        Assert.False(FailureClassifier.Classify(Command(550, "No"), canceled, ConnectionFacts.None).IsCanceled);
        var content = new EmailContentException(SmtpErrorCodes.InvalidContent, "Bad");
        Assert.False(FailureClassifier.Classify(content, canceled, ConnectionFacts.None).IsCanceled);
        Assert.False(Judge(new OperationCanceledException()).IsCanceled);
    }
}
