using System.Runtime.CompilerServices;
using SmtpTransport.Feedback;

namespace SmtpTransport.Tool;

/// <summary>Finds the messages of a mailbox, and changes nothing there.</summary>
internal static class MailboxMessages
{
    public static bool IsMailbox(string place) =>
        place.StartsWith("imaps://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("imap://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="UsageException">The URL cannot be used, or there is no password.</exception>
    public static FeedbackMailboxOptions GetOptions(string url, ToolContext context, bool mayAsk)
    {
        Server.ThrowIfPassword(url);
        try
        {
            var options = FeedbackMailboxOptions.Parse(url);
            var server = Server.AcceptLoopback(options.Server, url);
            var user = server.User ?? throw new UsageException("No user. Give it as imaps://user@host/folder.");
            return options with
            {
                Server = Server.AddCredentials(server with { User = null }, user, password: null, context, mayAsk),
                IsReadOnly = true,
            };
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    /// <summary>The messages by id, in the order in which they arrived.</summary>
    /// <exception cref="UsageException">The options are not valid.</exception>
    public static async IAsyncEnumerable<FoundMessage> FindAsync(
        FeedbackMailboxOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var mailbox = Create(options);
        await foreach (var message in mailbox.ReadAsync(cancellationToken))
            yield return new FoundMessage(message.Id, message.OpenAsync);
    }

    private static FeedbackMailbox Create(FeedbackMailboxOptions options)
    {
        try
        {
            return new FeedbackMailbox(options);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }
}
