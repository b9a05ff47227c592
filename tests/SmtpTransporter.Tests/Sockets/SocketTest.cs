using System.Text;
using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The base class of tests over real sockets: an email, users, and one way to call both kinds of operation.</summary>
public abstract class SocketTest
{
    protected const string User = "me@example.com";
    protected const string Password = "correct horse/battery+staple";

    protected static readonly IReadOnlyDictionary<string, string> Users = new Dictionary<string, string> { [User] = Password };

    /// <summary>A time limit that is short enough to wait for.</summary>
    protected static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(500);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<bool> SyncAndAsync => [false, true];

    protected static Email NewMail(string to = "ann@example.org") =>
        new() { From = "me@example.com", To = to, Subject = "Hello", TextBody = "Hello Ann\r\n" };

    /// <summary>
    /// Sends synchronously or asynchronously; the synchronous call has its own thread, so that the test can act meanwhile.
    /// </summary>
    protected static Task<SendResult> SendAsync(SmtpTransporter transporter, bool async, Email? email = null, CancellationToken? ct = null)
    {
        email ??= NewMail();
        return async ? transporter.SendAsync(email, ct ?? Cancellation) : OnThread(() => transporter.Send(email, ct ?? Cancellation));
    }

    protected static Task<ConnectionStatus> CheckAsync(SmtpTransporter transporter, bool async) =>
        async ? transporter.CheckConnectionAsync(Cancellation) : OnThread(() => transporter.CheckConnection(Cancellation));

    protected static void AssertAccepted(SendResult result)
    {
        Assert.True(result.Success, Describe(result));
        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(250, result.Status);
        Assert.Empty(result.Errors);
    }

    /// <summary>Asserts that nothing was sent and no reply came: status 0, the fixed text, and an error of the layer.</summary>
    protected static void AssertNotSent(SendResult result, int code, string component)
    {
        Assert.True(result.Outcome == Outcome.NotSent, Describe(result));
        Assert.False(result.Success);
        Assert.Equal(0, result.Status);
        Assert.Equal(SendResult.FailedText, result.StatusText);
        Assert.True(result.Errors.Any(e => e.ErrCode == code && e.ComponentSignature == component), Describe(result));
        Assert.All(result.Recipients, r => Assert.Equal(RecipientState.NotTried, r.State));
    }

    protected static string Describe(SendResult result) => string.Join("\n", [result.ToString(), .. result.Errors]);

    /// <summary>
    /// Repeats an attempt with twice the time limit until it has reached the step that it is about: on a busy machine, the steps before
    /// that one may take longer than a brief limit.
    /// </summary>
    /// <param name="attempt">Takes the time limit, and returns whether the step was reached; only then it asserts.</param>
    protected static async Task WithGrowingLimit(Func<TimeSpan, Task<bool>> attempt)
    {
        for (var limit = Brief; !await attempt(limit); limit *= 2)
            Assert.True(limit < TimeSpan.FromMinutes(1), $"The step was not reached within {limit}.");
    }

    /// <summary>Returns the verbs of the commands of a session, in order.</summary>
    protected static IEnumerable<string> Verbs(SmtpTestSession session) => session.Commands.Select(c => c.Split(' ')[0].ToUpperInvariant());

    /// <summary>Returns the text as it arrived, with CRLF: the property of MimeKit has the line ends of the machine.</summary>
    protected static string Text(ReceivedMessage message)
    {
        using var content = new MemoryStream();
        message.Message.BodyParts.OfType<TextPart>().First(part => part.IsPlain).Content!.DecodeTo(content);
        return Encoding.UTF8.GetString(content.ToArray());
    }

    protected static Task<T> OnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
