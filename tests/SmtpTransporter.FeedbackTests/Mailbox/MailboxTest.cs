using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

/// <summary>Tests of a mailbox with a scripted server and a clock that stands still.</summary>
public abstract class MailboxTest : IAsyncDisposable
{
    protected const string Password = "open sesame 17";

    private readonly List<FeedbackMailbox> _mailboxes = [];

    private protected ScriptedImapServer Server { get; } = new();

    private protected WatchedTime Time { get; } = new();

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected FeedbackMailboxOptions Options => new()
    {
        Server = new ServerOptions
        {
            Host = "127.0.0.1",
            Port = Server.Port,
            User = "bounces",
            Password = Password,
            AcceptUnsecureConnection = true,
        },
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var mailbox in _mailboxes)
            await mailbox.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected FeedbackMailbox Open(FeedbackMailboxOptions? options = null)
    {
        var mailbox = new FeedbackMailbox(options ?? Options, Time);
        _mailboxes.Add(mailbox);
        return mailbox;
    }

    protected static async Task<List<FeedbackMessage>> ReadAsync(FeedbackMailbox mailbox)
    {
        var messages = new List<FeedbackMessage>();
        await foreach (var message in mailbox.ReadAsync(Cancellation))
            messages.Add(message);
        return messages;
    }

    protected static async Task<FeedbackMessage> NextAsync(IAsyncEnumerator<FeedbackMessage> messages)
    {
        Assert.True(await messages.MoveNextAsync());
        return messages.Current;
    }

    protected static Task<FeedbackMailboxException> FailAsync(FeedbackMailbox mailbox) =>
        Assert.ThrowsAsync<FeedbackMailboxException>(() => ReadAsync(mailbox));
}
