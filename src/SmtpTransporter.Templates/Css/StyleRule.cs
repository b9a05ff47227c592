using AngleSharp.Css.Dom;

namespace SmtpTransport.Templates;

/// <summary>One selector of a rule that can be written into <c>style</c> attributes.</summary>
internal sealed record StyleRule(ISelector Selector, IReadOnlyList<CssDeclaration> Declarations);
