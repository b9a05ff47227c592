namespace SmtpTransport;

/// <summary>A further form of the body, beside the text and the HTML, such as AMP or Markdown (<see cref="Email.Alternatives"/>).</summary>
/// <param name="Content">The text, with any line endings; they are written as CRLF.</param>
/// <param name="Type">
/// A <c>text</c> media type without parameters, such as <c>text/x-amp-html</c> or <c>text/markdown</c> (RFC 7763); not that of another body
/// (<c>text/plain</c>, <c>text/html</c>, <c>text/calendar</c>).
/// </param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record MailAlternative(string Content, string Type)
{
    /// <summary>The type of AMP for email.</summary>
    public const string Amp = "text/x-amp-html";

    /// <summary>The type of Markdown (RFC 7763).</summary>
    public const string Markdown = "text/markdown";
}
