namespace SmtpTransport.DocsTests;

/// <summary>One C# block of a document.</summary>
/// <param name="File">The document, relative to the repository's root.</param>
/// <param name="Line">The line of the document on which the code begins, counted from 1.</param>
/// <param name="Code">The code between the fences.</param>
internal sealed record Snippet(string File, int Line, string Code);
