namespace SmtpTransport.Templates;

/// <summary>Where an attribute is in the text of the HTML. The value is without its quotes, and empty if there is none.</summary>
internal readonly record struct HtmlAttribute(string Name, int Start, int ValueStart, int ValueEnd, int End);
