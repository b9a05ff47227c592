namespace SmtpTransport;

/// <summary>Where an attribute is in the text of the HTML. The value is without its quotes, and empty if there is none.</summary>
internal readonly record struct HtmlAttribute(int Start, int NameEnd, int ValueStart, int ValueEnd, int End);
