namespace SmtpTransport.Outbox;

/// <summary>An address that gets no emails, or none of a stream.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Address">
/// The address, without a name; at most 320 characters. Case does not count, and neither does the spelling of an international domain.
/// Empty if the entry was erased (<see cref="IOutbox.EraseAsync"/>), or cannot be decrypted: it still holds emails back.
/// </param>
/// <param name="Reason">Why it gets none.</param>
public sealed record Suppression(string Address, SuppressionReason Reason)
{
    internal const int MaxAddressLength = 320;
    internal const int MaxStreamLength = 200;
    internal const int MaxWordsLength = 1000;
    internal const int MaxNameLength = 200;

    /// <summary>
    /// The stream of which it gets none (<see cref="OutboxEmail.Stream"/>), at most 200 characters, compared as they are. Default: null,
    /// for all emails.
    /// </summary>
    public string? Stream { get; init; }

    /// <summary>More about the reason, for example a server's reply; at most 1,000 characters. Default: none.</summary>
    public string? Words { get; init; }

    /// <summary>The person, or the part of the program, that added it; at most 200 characters. Default: none.</summary>
    public string? By { get; init; }

    /// <summary>When it was added (UTC). Default: null, for the time at which it is added.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Returns reason and stream; no address.</summary>
    /// <returns>One line for a log.</returns>
    public override string ToString() => Stream is null ? $"{Reason}" : $"{Reason} of \"{Stream}\"";

    /// <summary>What is wrong with it as a new entry, with the property; null if nothing is.</summary>
    internal string? FindError()
    {
        var (at, address) = (Address?.Trim().LastIndexOf('@') ?? -1, Address?.Trim() ?? "");
        if (address.Length > MaxAddressLength)
            return $"Address has {address.Length} characters; allowed: at most {MaxAddressLength}.";
        // Without the text, which tells who it is: the messages of exceptions are logged.
        if (at < 1 || at == address.Length - 1 || address.AsSpan().IndexOfAny('<', '>') >= 0 || FindNonText(address) is not null
            || address.Any(char.IsControl))
            return "Address is not an address; allowed: one without a name, such as ann@example.org.";
        if (!Enum.IsDefined(Reason))
            return $"Reason is {Reason}; allowed: {string.Join(", ", Enum.GetNames<SuppressionReason>())}.";
        return Stream is "" ? $"Stream is empty; allowed: 1 to {MaxStreamLength} characters, or null for all emails."
            : FindError(nameof(Stream), Stream, MaxStreamLength)
            ?? FindError(nameof(Words), Words, MaxWordsLength) ?? FindError(nameof(By), By, MaxNameLength);
    }

    private static string? FindError(string property, string? text, int maxLength) =>
        text?.Length > maxLength ? $"{property} has {text.Length} characters; allowed: at most {maxLength}."
        : FindNonText(text) is { } position
            ? $"{property} has the character U+{(int)text![position]:X4} at position {position}, which is not valid text."
        : null;

    /// <inheritdoc cref="EnqueueCheck.FindNonText"/>
    private static int? FindNonText(string? text) => EnqueueCheck.FindNonText(text);
}
