namespace SmtpTransport;

/// <summary>The value of an attribute, or the content of a style element, as it is written in HTML.</summary>
/// <param name="Element">The name of the element, in lower case.</param>
/// <param name="Attribute">The name of the attribute, in lower case; null for the content of the element.</param>
/// <param name="Start">Where the value begins, behind the quote.</param>
/// <param name="Length">Its length, without the quotes.</param>
/// <param name="IsQuoted">Whether the value is in quotes; true for the content of an element.</param>
internal readonly record struct HtmlValue(string Element, string? Attribute, int Start, int Length, bool IsQuoted);
