using System.Text;
using MimeKit;

namespace SmtpTransport;

/// <summary>Parses the media types of attachments and parts (RFC 2045, section 5.1).</summary>
internal static class MediaTypes
{
    // RFC 6838, section 4.2, for a type and for a subtype: both stand on one line.
    private const int MaxNameLength = 127;

    // Including parameters. The parser's time grows with the square of some lengths.
    private const int MaxLength = 2000;

    /// <summary>The type of a file of which nothing else is known.</summary>
    public static ContentType File => new("application", "octet-stream");

    /// <summary>Whether the text is a type that an attachment can have, possibly with parameters: not a multipart.</summary>
    public static bool IsValidForAttachment(string text) => TryParse(text) is { } type && !type.IsMimeType("multipart", "*");

    /// <summary>Parses the type of an attachment, which may have parameters.</summary>
    /// <exception cref="EmailContentException">The type is not valid.</exception>
    public static ContentType Parse(MailAttachment attachment) =>
        TryParse(attachment.Type)
        ?? throw TextCheck.Invalid(
            nameof(Email.Attachments), $"the type \"{attachment.Type}\" of \"{attachment.Name}\" is not a valid media type");

    /// <summary>Parses the type of a part, whose parameters are separate.</summary>
    /// <exception cref="EmailContentException">The type is not valid, or has parameters.</exception>
    public static ContentType Parse(MailPart part) =>
        TryParse(part.Type) is { Parameters.Count: 0 } type
            ? type
            : throw TextCheck.Invalid(
                nameof(Email.BodyStructure), $"\"{part.Type}\" is not a valid media type; set parameters in {nameof(MailPart.Parameters)}");

    /// <summary>Whether the text is a media type without parameters.</summary>
    public static bool IsValid(string text) => TryParse(text) is { Parameters.Count: 0 };

    // The parser instead of the constructor, which accepts anything. The parser ignores a quote that is not closed.
    private static ContentType? TryParse(string text)
    {
        if (text.Length > MaxLength || text.Count(c => c == '"') % 2 != 0 || text.Any(char.IsControl) || !Ascii.IsValid(text))
            return null;
        if (!ContentType.TryParse(text, out var type))
            return null;
        return type.MediaType.Length <= MaxNameLength && type.MediaSubtype.Length <= MaxNameLength ? type : null;
    }
}
