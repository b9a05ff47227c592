namespace SmtpTransport;

/// <summary>The text of one part, in <see cref="Email.BodyValues"/>. Immutable.</summary>
/// <param name="Value">The text.</param>
/// <param name="IsEncodingProblem">
/// True in a mail read from MIME where the part's charset is unknown or its bytes do not fit it: the text then shows them as ISO-8859-1.
/// </param>
public sealed record MailBodyValue(string Value, bool IsEncodingProblem = false)
{
    /// <summary>A text as a value.</summary>
    /// <param name="value">The text.</param>
    public static implicit operator MailBodyValue(string value) => new(value);

    /// <inheritdoc cref="op_Implicit"/>
    public static MailBodyValue FromString(string value) => new(value);
}
