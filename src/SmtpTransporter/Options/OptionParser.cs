namespace SmtpTransport;

/// <summary>Reads the value of an option from text.</summary>
/// <param name="text">The text.</param>
/// <param name="value">The value; the type's default if the text is not valid.</param>
/// <returns>Null if the text is valid; otherwise what is allowed, such as <c>true or false</c>.</returns>
internal delegate string? OptionParser<T>(string text, out T value);
