using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>A list of addresses: the type of the address properties of <see cref="Email"/>.</summary>
/// <remarks>
/// <para>
/// It converts from text with one or several addresses, separated by <c>,</c> or <c>;</c> (not inside quotes, comments, angle brackets or a
/// group; RFC 5322, section 3.4), from an <see cref="EmailAddress"/>, and from an array of them. An element of the list is one address:
/// <c>email.To = [text]</c> and <c>email.To.Add(text)</c> are the way for text that someone else wrote, because a second address in it is
/// an error and not another recipient.
/// </para>
/// <para>
/// Invalid text does not throw here: the send returns an error that names the property and the position. Not safe for concurrent changes.
/// </para>
/// </remarks>
[CollectionBuilder(typeof(EmailAddresses), nameof(Create))]
public sealed class EmailAddresses : IReadOnlyList<EmailAddress>, IParsable<EmailAddresses>
{
    // Most lists of an email have no address, or one.
    private EmailAddress[] _items = [];

    /// <summary>Creates an empty list.</summary>
    public EmailAddresses()
    {
    }

    /// <summary>Creates a list of the addresses.</summary>
    /// <param name="addresses">The addresses, none of them null.</param>
    /// <exception cref="ArgumentNullException"><paramref name="addresses"/>, or one of them, is null.</exception>
    public EmailAddresses(IEnumerable<EmailAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        foreach (var address in addresses)
            Add(address);
    }

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>The first problem in the given text; null if there is none.</summary>
    internal AddressProblem? Problem { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There is no address at this position.</exception>
    public EmailAddress this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _items[index];
        }
    }

    /// <summary>Creates a list of the addresses; collection expressions such as <c>["ann@example.org"]</c> call it.</summary>
    /// <param name="addresses">The addresses, none of them null. Text converts to one address each.</param>
    /// <returns>The list.</returns>
    /// <exception cref="ArgumentNullException">One of the addresses is null.</exception>
    public static EmailAddresses Create(ReadOnlySpan<EmailAddress> addresses)
    {
        foreach (var address in addresses)
            ArgumentNullException.ThrowIfNull(address, nameof(addresses));
        return new EmailAddresses { _items = addresses.ToArray(), Count = addresses.Length };
    }

    /// <summary>Adds an address.</summary>
    /// <param name="address">The address. Text converts to one address.</param>
    /// <exception cref="ArgumentNullException"><paramref name="address"/> is null.</exception>
    public void Add(EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(1, 2 * Count));
        _items[Count++] = address;
    }

    /// <summary>Parses text that holds one or several addresses, or none.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The addresses.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="text"/> is null.</exception>
    /// <exception cref="FormatException">
    /// The text is not a valid list of addresses; the message says what is wrong at which position.
    /// </exception>
    public static EmailAddresses Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var addresses = FromText(text);
        return addresses.Problem is { } problem ? throw new FormatException(problem.ToString()) : addresses;
    }

    /// <summary>Parses text that holds one or several addresses, or none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="addresses">The addresses; null if the text is not a valid list.</param>
    /// <returns>True if the text is a valid list of addresses.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EmailAddresses? addresses)
    {
        addresses = text is null ? null : FromText(text);
        if (addresses?.Problem is not null)
            addresses = null;
        return addresses is not null;
    }

    static EmailAddresses IParsable<EmailAddresses>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<EmailAddresses>.TryParse(
        [NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out EmailAddresses result) =>
        TryParse(s, out result);

    private static EmailAddresses FromText(string? text)
    {
        if (text is null)
            return [];
        var (items, problem) = AddressParser.Parse(text);
        if (problem is not null)
            problem = problem with { Text = text };
        return new EmailAddresses { _items = [.. items], Count = items.Count, Problem = problem };
    }

    /// <summary>Converts text to a list; null becomes an empty list. It never throws.</summary>
    /// <param name="addresses">One or several addresses. Invalid text is an error of the send.</param>
    [SuppressMessage("Usage", "CA2225", Justification = "Parse is the named alternate.")]
    public static implicit operator EmailAddresses(string? addresses) => FromText(addresses);

    /// <summary>Converts one address to a list; null becomes an empty list.</summary>
    /// <param name="address">The address.</param>
    [SuppressMessage("Usage", "CA2225", Justification = "The constructor is the named alternate.")]
    public static implicit operator EmailAddresses(EmailAddress? address) => address is null ? [] : new([address]);

    /// <summary>Converts an array of addresses to a list; null becomes an empty list.</summary>
    /// <param name="addresses">The addresses, none of them null.</param>
    [SuppressMessage("Usage", "CA2225", Justification = "The constructor is the named alternate.")]
    public static implicit operator EmailAddresses(EmailAddress[]? addresses) => new(addresses ?? []);

    internal EmailAddresses Copy() => new() { Problem = Problem, _items = _items.AsSpan(0, Count).ToArray(), Count = Count };

    /// <inheritdoc/>
    public IEnumerator<EmailAddress> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The addresses as a header shows them.</summary>
    /// <returns>The addresses, separated by a comma and a space.</returns>
    public override string ToString() => string.Join<EmailAddress>(", ", this);
}
