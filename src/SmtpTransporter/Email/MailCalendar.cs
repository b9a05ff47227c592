namespace SmtpTransport;

/// <summary>
/// An invitation, or another calendar message (RFC 6047): an alternative to the bodies, which mail clients show with buttons.
/// </summary>
/// <param name="Content">The iCalendar text (RFC 5545), with any line endings.</param>
/// <param name="Method">
/// The method of the text, such as <c>REQUEST</c> (default), <c>REPLY</c> or <c>CANCEL</c>. It must be the same as in the text.
/// </param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record MailCalendar(string Content, string Method = "REQUEST");
