namespace SmtpTransport.Tool;

/// <summary>Writes sentences.</summary>
internal static class Sentence
{
    /// <returns>The text as the first words of a sentence.</returns>
    public static string Begin(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}
