using System.Text;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Time.Testing;
using Moq;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what a check reports about a connection of this library and of an injected client.</summary>
public sealed class ConnectionStatusFactoryTests
{
    private static readonly ServerOptions Options = new() { Host = "localhost", Password = "secret-Pa55" };
    private static readonly SecretRedactor Secrets = new([Options]);
    private static readonly SmtpError Warning = new(SmtpErrorCodes.LogWriteFailed, "The disk is full", "log");

    private readonly FakeTimeProvider _time = new();

    private static ConnectionStatus Make(SmtpSession? session, Failure? failure = null, bool wasUsed = false) =>
        ConnectionStatusFactory.Create(
        session?.Facts ?? ConnectionFacts.None, wasUsed, failure is null
            ? new Reply(250, "") : failure.Reply, failure, TimeSpan.FromSeconds(30), [Warning], Secrets);

    /// <summary>A connection of this library that has completed all steps: the first in one second, the second in two, and so on.</summary>
    private PipelinedSession Own(params string[] extensions)
    {
        var recorder = new SessionRecorder(_time, null, Secrets);
        DialogueStep[] steps =
        [
            DialogueStep.Resolve, DialogueStep.Connect, DialogueStep.Greeting, DialogueStep.TlsHandshake, DialogueStep.Authenticate,
            DialogueStep.NoOp,
        ];
        for (var i = 0; i < steps.Length; i++)
        {
            recorder.Tracker.EnterStep(steps[i]);
            _time.Advance(TimeSpan.FromSeconds(i + 1));
        }

        var ehlo = Encoding.ASCII.GetBytes("EHLO localhost\r\n");
        var reply = Encoding.ASCII.GetBytes($"250-localhost\r\n{string.Concat(extensions.Select(e => $"250-{e}\r\n"))}250 HELP\r\n");
        recorder.Tracker.EnterStep(DialogueStep.Ready);
        recorder.LogClient(ehlo, 0, ehlo.Length);
        recorder.LogServer(reply, 0, reply.Length);
        var opener = new WireOpener(Options, new Connector(new FixedResolver()), new SecretRedactor([]));
        return new(new MailKitClient(opener, recorder), Options, _time);
    }

    [Fact]
    public void A_check_without_a_failure_is_a_success()
    {
        var status = Make(Own());

        Assert.Equal((true, 250, ""), (status.Success, status.Status, status.StatusText));
        Assert.Empty(status.Errors);
        Assert.Equal([Warning], status.Warnings);
    }

    [Fact]
    public void A_reply_becomes_the_status_and_its_secrets_are_hidden()
    {
        var status = Make(
            Own("X-secret-Pa55"), new Failure(new Reply(535, "Not secret-Pa55"), [new(5001, "No secret-Pa55", "auth")], false));

        Assert.Equal((535, "Not ***"), (status.Status, status.StatusText));
        Assert.Equal([new SmtpError(5001, "No ***", "auth")], status.Errors);
        Assert.Equal(["X-***", "HELP"], status.Capabilities);
    }

    [Fact]
    public void The_message_of_the_last_error_is_used_if_there_is_no_reply()
    {
        var status = Make(null, new Failure(null, [new(3101, "inner", "tcp"), new(3101, "No answer", "tcp")], true));

        Assert.Equal((0, "No answer"), (status.Status, status.StatusText));
        Assert.Equal(2, status.Errors.Count);
        Assert.Empty(status.Capabilities);
        Assert.Null(status.CertificateSubject);
        Assert.Null(status.AuthenticationMechanism);
        Assert.Equal(new ConnectionTimings { Total = TimeSpan.FromSeconds(30) }, status.Timings);
    }

    [Fact]
    public void Each_step_has_its_time_and_an_open_connection_has_only_the_check()
    {
        var connection = Own();

        Assert.Equal(
            new ConnectionTimings
            {
                Resolve = TimeSpan.FromSeconds(1),
                Connect = TimeSpan.FromSeconds(2),
                Greeting = TimeSpan.FromSeconds(3),
                Tls = TimeSpan.FromSeconds(4),
                Authenticate = TimeSpan.FromSeconds(5),
                Check = TimeSpan.FromSeconds(6),
                Total = TimeSpan.FromSeconds(30),
            },
            Make(connection).Timings);
        Assert.Equal(
            new ConnectionTimings { Check = TimeSpan.FromSeconds(30), Total = TimeSpan.FromSeconds(30) },
            Make(connection, wasUsed: true).Timings);
    }

    [Theory]
    [InlineData("SIZE 123456", 123_456L)]
    [InlineData("size 1", 1L)]
    [InlineData("SIZE 0", null)]
    [InlineData("SIZE -1", null)]
    [InlineData("SIZE many", null)]
    [InlineData("SIZE", null)]
    [InlineData("SIZEX 5", null)]
    public void The_size_limit_is_the_positive_number_in_the_EHLO_reply(string extension, long? limit) =>
        Assert.Equal(limit, Make(Own(extension)).SizeLimit);

    [Fact]
    public void Properties_of_an_injected_client_are_reported_as_far_as_it_knows_them()
    {
        var client = new Mock<ISmtpClient>();
        client.Setup(c => c.Capabilities).Returns(SmtpCapabilities.Dsn | SmtpCapabilities.EightBitMime);
        using var nothing = new SmtpClient();

        var status = Make(new MailKitSession(client.Object, Options, _time));

        Assert.Equal(["Dsn", "EightBitMime"], status.Capabilities.Order());
        Assert.Equal(new ConnectionTimings { Total = TimeSpan.FromSeconds(30) }, status.Timings);
        Assert.Equal(System.Security.Authentication.SslProtocols.None, status.TlsProtocol);
        Assert.Null(status.TlsCipher);
        Assert.Empty(Make(new MailKitSession(nothing, Options, _time)).Capabilities);
    }
}
