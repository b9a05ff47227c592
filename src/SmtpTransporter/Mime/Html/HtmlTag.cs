namespace SmtpTransport;

/// <summary>A start or end tag in the text of the HTML; its attributes are a range of those of the document.</summary>
internal readonly record struct HtmlTag(
    string Name, int Start, int NameEnd, int End, bool IsEnd, int FirstAttribute, int AttributeCount);
