namespace SmtpTransport;

/// <summary>Checks that text can be written, and names the property and the position if it cannot.</summary>
internal static class TextCheck
{
    /// <summary>Refuses CR, LF, NUL and other controls except a tab: nothing may begin another header or end the message.</summary>
    /// <exception cref="EmailContentException">The text has such a character, or half a surrogate pair.</exception>
    public static void ThrowIfNotHeaderText(string property, string? text)
    {
        if (text is null || IsPlain(text))
            return;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] != '\t')
                throw Invalid(property, $"there is a control character (U+{(int)text[i]:X4}) at position {i}");
        }
        ThrowIfNotUnicode(property, text);
    }

    /// <summary>Whether the text is printable ASCII.</summary>
    public static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <exception cref="EmailContentException">The text has half a surrogate pair.</exception>
    public static void ThrowIfNotUnicode(string property, string? text)
    {
        if (text is not null && UnicodeText.HalfPairAt(text) is { } position)
            throw Invalid(property, $"there is half a surrogate pair at position {position}");
    }

    /// <summary>Creates the error for content that is not valid.</summary>
    /// <param name="label">The property, and possibly an element of it in brackets: <c>Headers[X-Id]</c>.</param>
    /// <param name="problem">What is wrong, without a period.</param>
    public static EmailContentException Invalid(string label, string problem) => new(SmtpErrorCodes.InvalidContent, $"{label}: {problem}.")
    {
        Property = label.IndexOf('[', StringComparison.Ordinal) is var end and > 0 ? label[..end] : label,
    };
}
