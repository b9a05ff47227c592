namespace SmtpTransport;

/// <summary>
/// An invitation, or another calendar message (RFC 6047): an alternative to the bodies, which mail clients show with buttons.
/// </summary>
/// <param name="Content">The iCalendar text (RFC 5545), with any line endings.</param>
/// <param name="Method">
/// The method, such as <c>REQUEST</c>, <c>REPLY</c> or <c>CANCEL</c>. It must be the same as in the text (RFC 6047, section 2.4);
/// <see cref="Email.Analyze"/> reports another one.
/// </param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record MailCalendar(string Content, string Method)
{
    /// <summary>Creates a calendar message with the method of its text; <c>REQUEST</c> if the text has none.</summary>
    /// <param name="Content">The iCalendar text (RFC 5545), with any line endings.</param>
    public MailCalendar(string Content)
        : this(Content, CalendarText.FindMethod(Content) ?? "REQUEST")
    {
    }
}
