using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace SmtpTransport;

/// <summary>
/// A list of addresses: the type of the address properties of <see cref="Email"/>. It converts from text with one or several addresses,
/// separated by <c>,</c> or <c>;</c> (not inside quotes, comments, angle brackets or a group), from an <see cref="EmailAddress"/> and from
/// an array of them. Text that is no address does not throw here: the send ends with an error that names the property and the position.
/// Not safe for concurrent change.
/// </summary>
public sealed class EmailAddresses : IReadOnlyList<EmailAddress>
{
    // Most lists of a mail have no address, or one.
    private EmailAddress[] _items = [];

    /// <summary>Makes an empty list.</summary>
    public EmailAddresses()
    {
    }

    /// <summary>Makes a list of the addresses.</summary>
    public EmailAddresses(IEnumerable<EmailAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (var address in addresses)
            Add(address);
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>The first thing that is wrong with the text that was given; null where all is well.</summary>
    internal AddressProblem? Problem { get; private set; }

    /// <inheritdoc/>
    public EmailAddress this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _items[index];
        }
    }

    /// <summary>Adds an address.</summary>
    public void Add(EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(1, 2 * Count));
        _items[Count++] = address;
    }

    /// <summary>Adds the addresses in the text. Text that is no address is an error of the send, as in the conversion from text.</summary>
    public void Add(string addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        var (items, problem) = AddressParser.Parse(addresses);
        foreach (var item in items)
            Add(item);
        Problem ??= problem;
    }

    /// <summary>Reads one or several addresses.</summary>
    /// <exception cref="FormatException">The text is no list of addresses; the message says where and why.</exception>
    public static EmailAddresses Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var addresses = FromText(text);
        return addresses.Problem is { } problem ? throw new FormatException(problem.ToString()) : addresses;
    }

    /// <summary>Reads one or several addresses.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddresses? addresses)
    {
        addresses = text is null ? null : FromText(text);
        if (addresses?.Problem is not null)
            addresses = null;
        return addresses is not null;
    }

    private static EmailAddresses FromText(string? text)
    {
        var addresses = new EmailAddresses();
        if (text is not null)
            addresses.Add(text);
        return addresses;
    }

    /// <summary>Reads the text; null is an empty list. Never throws.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "Parse is the named alternate.")]
    public static implicit operator EmailAddresses(string? addresses) => FromText(addresses);

    /// <summary>A list of this one address; null is an empty list.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The constructor is the named alternate.")]
    public static implicit operator EmailAddresses(EmailAddress? address) => address is null ? [] : new([address]);

    /// <summary>A list of these addresses; null is an empty list.</summary>
    [SuppressMessage("Usage", "CA2225", Justification = "The constructor is the named alternate.")]
    public static implicit operator EmailAddresses(EmailAddress[]? addresses) => new(addresses ?? []);

    internal EmailAddresses Copy(Func<EmailAddress, bool>? keep = null)
    {
        var kept = _items.AsSpan(0, Count).ToArray();
        if (keep is not null)
            kept = Array.FindAll(kept, new Predicate<EmailAddress>(keep));
        return new EmailAddresses { Problem = Problem, _items = kept, Count = kept.Length };
    }

    /// <inheritdoc/>
    public IEnumerator<EmailAddress> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The addresses, separated by a comma and a blank.</summary>
    public override string ToString() => string.Join<EmailAddress>(", ", this);
}
