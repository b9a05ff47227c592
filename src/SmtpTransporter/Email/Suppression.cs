namespace SmtpTransport;

/// <summary>An address that gets no emails, or none of a stream.</summary>
/// <remarks>Immutable and thread-safe. It is checked when it is added (<see cref="FindError"/>).</remarks>
/// <param name="Address">
/// One address without a name, as <see cref="EmailAddress"/> takes it; at most 254 bytes. Case does not count, and neither does the
/// spelling of an international domain. Empty in an entry that was erased, or cannot be decrypted: it still holds emails back.
/// </param>
/// <param name="Reason">Why it gets none.</param>
public sealed record Suppression(string Address, SuppressionReason Reason)
{
    private const int MaxStreamLength = 200;
    private const int MaxWordsLength = 1000;
    private const int MaxNameLength = 200;

    /// <summary>
    /// The stream of which it gets none (<see cref="Email.Stream"/>), at most 200 characters, compared as they are. Default: null, for all
    /// emails.
    /// </summary>
    public string? Stream { get; init; }

    /// <summary>More about the reason, for example a server's reply; at most 1,000 characters. Default: none.</summary>
    public string? Words { get; init; }

    /// <summary>The person, or the part of the program, that added it; at most 200 characters. Default: none.</summary>
    public string? By { get; init; }

    /// <summary>When it was added (UTC). Default: null, for the time at which it is added.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>
    /// Whether the address, the words and the name can be read. Default: true. False in an entry of an outbox whose key this application
    /// does not have: the address is not erased, but empty here, and the entry still holds emails back.
    /// </summary>
    public bool IsReadable { get; init; } = true;

    /// <summary>Finds what is wrong with it as a new entry.</summary>
    /// <returns>What is wrong, with the property and what is allowed, and without the address; null if nothing is.</returns>
    public string? FindError()
    {
        // Without the text, which tells who it is: the messages of exceptions are logged.
        if (Address is null || AddressSpec.Check(Address.Trim()) is not null)
            return "Address is not one valid address; allowed: one without a name, such as ann@example.org.";
        if (!Enum.IsDefined(Reason))
            return $"Reason is {Reason}; allowed: {string.Join(", ", Enum.GetNames<SuppressionReason>())}.";
        return FindStreamError(Stream)
            ?? FindTextError(nameof(Words), Words, MaxWordsLength) ?? FindTextError(nameof(By), By, MaxNameLength);
    }

    /// <summary>Returns reason and stream; no address.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => Stream is null ? $"{Reason}" : $"{Reason} of \"{Stream}\"";

    /// <summary>The reason, with more about it, for the result of a recipient.</summary>
    /// <returns>Such as <c>HardBounce: 550 5.1.1 No such user</c>.</returns>
    public string Describe() => Words is null ? $"{Reason}" : $"{Reason}: {Words}";

    /// <summary>Says whether it holds back the emails of a stream.</summary>
    /// <param name="stream">The stream (<see cref="Email.Stream"/>); null for emails without one.</param>
    /// <returns>True if it is for all emails, or for this stream.</returns>
    public bool Holds(string? stream) => Stream is null || Stream == stream;

    /// <summary>What is wrong with the name of a stream; null if nothing is.</summary>
    internal static string? FindStreamError(string? stream) =>
        stream is "" ? $"Stream is empty; allowed: 1 to {MaxStreamLength} characters, or null for all emails."
        : FindTextError(nameof(Stream), stream, MaxStreamLength);

    private static string? FindTextError(string property, string? text, int maxLength) =>
        text?.Length > maxLength ? $"{property} has {text.Length} characters; allowed: at most {maxLength}."
        : FindNonText(text) is { } position
            ? $"{property} has the character U+{(int)text![position]:X4} at position {position}, which is not valid text."
        : null;

    // What not every store can keep: U+0000, and half a surrogate pair.
    private static int? FindNonText(string? text) => text is null ? null
        : text.IndexOf('\0', StringComparison.Ordinal) is var at and >= 0 ? at : UnicodeText.HalfPairAt(text);
}
