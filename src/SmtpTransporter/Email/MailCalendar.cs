namespace SmtpTransport;

/// <summary>
/// An invitation, or another calendar message (RFC 6047): an alternative to the bodies, which mail programs show with buttons. Immutable.
/// </summary>
/// <param name="Content">The iCalendar text (RFC 5545); any line ends.</param>
/// <param name="Method">Its method, such as <c>REQUEST</c> (default), <c>REPLY</c> or <c>CANCEL</c>: the same as in the text.</param>
public sealed record MailCalendar(string Content, string Method = "REQUEST");
