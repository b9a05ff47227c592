namespace SmtpTransport;

/// <summary>The text of one part, in <see cref="Email.BodyValues"/>.</summary>
/// <param name="Value">The text.</param>
/// <param name="IsEncodingProblem">
/// True in an email read from MIME if the part's charset or transfer encoding is unknown, or its bytes are not valid in the charset: the
/// text then has replacement characters, or was read as UTF-8 or windows-1252. Its octets are kept until the text is changed. Default
/// false.
/// </param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record MailBodyValue(string Value, bool IsEncodingProblem = false)
{
    /// <summary>Converts a text to a value.</summary>
    /// <param name="value">The text.</param>
    public static implicit operator MailBodyValue(string value) => new(value);

    /// <summary>Converts a text to a value.</summary>
    /// <param name="value">The text.</param>
    /// <returns>The value.</returns>
    public static MailBodyValue FromString(string value) => new(value);
}
