using MailKit;
using MailKit.Net.Imap;

namespace SmtpTransport.Feedback;

/// <summary>Connects, upgrades to TLS, logs in and opens the folder.</summary>
internal sealed class MailboxOpener(
    FeedbackMailboxOptions options, MailboxFailures failures, SecretRedactor secrets, TimeProvider time)
{
    private readonly ServerOptions _server = options.Server;

    /// <exception cref="FeedbackMailboxException">It failed.</exception>
    public async Task<MailboxSession> OpenAsync(CancellationToken cancellationToken)
    {
        var reply = new ServerReply(secrets);
        var check = new ServerCertificateCheck(_server, time);
        var client = CreateClient(reply, check);
        try
        {
            using var limit = new CancellationTokenSource(_server.ConnectionTimeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await client.ConnectAsync(_server.Host, _server.Port, TlsPolicy.Of(_server), both.Token).ConfigureAwait(false);
            await new MailboxLogin(_server, secrets, time).LogInAsync(client, both.Token).ConfigureAwait(false);
            reply.EndLogin();
            failures.HasLoggedIn = true;
            return await SelectAsync(client, reply, both.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            client.Dispose();
            throw failures.Explain(exception, reply, check.Refusal);
        }
        catch
        {
            client.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    private ImapClient CreateClient(ServerReply reply, ServerCertificateCheck check)
    {
        var client = new ImapClient(reply)
        {
            CheckCertificateRevocation = _server.CheckCertificateRevocation,
            ServerCertificateValidationCallback = check.Accepts,
        };
        if (_server.ClientCertificates.Count > 0)
            client.ClientCertificates = [.. _server.ClientCertificates];
        return client;
    }

    private async Task<MailboxSession> SelectAsync(ImapClient client, ServerReply reply, CancellationToken cancellationToken)
    {
        var folder = await FindAsync(client, options.Folder, cancellationToken).ConfigureAwait(false);
        if (options.IsReadOnly)
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, cancellationToken).ConfigureAwait(false);
            return new MailboxSession(client, reply, folder, target: null);
        }
        var target = options.MoveTo is { } name ? await FindAsync(client, name, cancellationToken).ConfigureAwait(false) : null;
        if (target is not null && FeedbackMailboxCheck.IsSame(target.FullName, folder.FullName))
            throw failures.Create("Messages cannot be moved into the folder itself: set MoveTo to another one.", isTransient: false);
        var access = await folder.OpenAsync(FolderAccess.ReadWrite, cancellationToken).ConfigureAwait(false);
        if (access != FolderAccess.ReadWrite)
            throw failures.Create("The folder must not be changed: give the user the right to do so.", isTransient: false);
        if (target is null && !CanMark(folder))
        {
            throw failures.Create(
                $"The server stores no keyword \"{options.ReadFlag}\". Set ReadFlag to {FeedbackMailboxCheck.Seen}, or set MoveTo.",
                isTransient: false);
        }
        var session = new MailboxSession(client, reply, folder, target);
        if (target is not null && !session.CanMove && !folder.PermanentFlags.HasFlag(MessageFlags.Deleted))
        {
            throw failures.Create(
                "The server has neither MOVE nor the flag \\Deleted, and messages cannot be moved. Set MoveTo to null.",
                isTransient: false);
        }
        return session;
    }

    private static async Task<IMailFolder> FindAsync(ImapClient client, string name, CancellationToken cancellationToken) =>
        FeedbackMailboxCheck.IsInbox(name) && client.Inbox is { } inbox
            ? inbox
            : await client.GetFolderAsync(name, cancellationToken).ConfigureAwait(false);

    private bool CanMark(IMailFolder folder) => options.ReadFlag.Equals(FeedbackMailboxCheck.Seen, StringComparison.OrdinalIgnoreCase)
        ? folder.PermanentFlags.HasFlag(MessageFlags.Seen)
        : folder.PermanentFlags.HasFlag(MessageFlags.UserDefined) || folder.PermanentKeywords.Contains(options.ReadFlag);
}
