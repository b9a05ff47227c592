namespace SmtpTransport.Tool;

/// <summary>A line of a file, without its end. Immutable.</summary>
/// <param name="Number">Its number; the first one is 1.</param>
/// <param name="Text">Its text.</param>
internal sealed record TextLine(int Number, string Text);
