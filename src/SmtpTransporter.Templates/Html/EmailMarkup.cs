namespace SmtpTransport.Templates;

/// <summary>The HTML of what every email needs, in Liquid and in components alike.</summary>
internal static class EmailMarkup
{
    public const string Unsubscribe = "unsubscribe";

    // Hidden from the message, and shown by the list of messages behind the subject. mso-hide is for Outlook on Windows.
    public const string PreheaderStart =
        "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden;mso-hide:all\">";

    // Blanks that a list does not collapse keep the text of the message out of the preview. A line of a message has at most 998 octets
    // (RFC 5322, section 2.1.1), so that they take several.
    public static readonly string PreheaderEnd =
        string.Concat(Enumerable.Repeat("\n" + string.Concat(Enumerable.Repeat("&#847;&zwnj;&nbsp;", 12)), 5)) + "</div>";
}
