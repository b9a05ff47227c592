namespace SmtpTransport;

/// <summary>What is wrong with an address, and at which position of the text (counted from 0).</summary>
internal sealed record AddressProblem(int Position, string Message)
{
    // As much of a list of addresses as tells which one it is.
    private const int MaxShown = 40;

    /// <summary>The text; null if it is not known.</summary>
    public string? Text { get; init; }

    /// <summary>The problem with the text in which it is, and with what stands at the position.</summary>
    public ErrorText Shown =>
        Text is not { Length: > 0 } text ? ErrorText.OfOurs(ToString())
        : Position is <= 0 || Position >= text.Length ? ErrorText.Say($"{ToString():own}: {Quote(text, 0, isCut: false):personal}")
        : ErrorText.Say(
            $"{ToString():own}: {Quote(text, Start(text), Start(text) > 0):personal}, before "
            + $"{Quote(text, Position, isCut: false):personal}");

    public override string ToString() => $"at position {Position}: {Message}";

    // Far into a long list, its beginning says nothing.
    private int Start(string text) => text.Length <= MaxShown ? 0 : Math.Max(0, Position - (MaxShown / 2));

    private static string Quote(string text, int start, bool isCut)
    {
        var end = Math.Min(text.Length, start + MaxShown);
        return $"\"{(isCut ? "…" : "")}{ServerText.Clean(text[start..end])}{(end < text.Length ? "…" : "")}\"";
    }
}
