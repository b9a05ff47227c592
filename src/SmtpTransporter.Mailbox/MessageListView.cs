namespace SmtpTransport.Mailbox;

/// <summary>The list of the page: how many messages there are, and the newest of those that were searched for.</summary>
internal sealed record MessageListView(int Total, int Unread, int Found, IReadOnlyList<MessageSummary> Messages);
