using System.Globalization;

namespace SmtpTransport;

/// <summary>A suppression list in the memory of this process, for <see cref="ServerOptions.SuppressionList"/> and for tests.</summary>
/// <remarks>It is empty at first, and ends with the process. Thread-safe.</remarks>
/// <param name="timeProvider">The clock for entries without a time. Default: that of the system.</param>
public sealed class MemorySuppressionList(TimeProvider? timeProvider = null) : ISuppressionList
{
    private const int MaxPage = 1000;

    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;
    private readonly object _lock = new();
    private readonly Dictionary<string, List<Suppression>> _byAddress = new(StringComparer.Ordinal);

    // In the order in which they were added; the numbers never come again.
    private readonly SortedList<long, Suppression> _all = [];
    private long _last;

    /// <inheritdoc/>
    public Task<bool> AddAsync(Suppression suppression, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(suppression);
        if (suppression.FindError() is { } error)
            throw new ArgumentException(error, nameof(suppression));
        lock (_lock)
            return Task.FromResult(Add(suppression) is not null);
    }

    /// <inheritdoc/>
    public Task<int> AddManyAsync(IReadOnlyList<Suppression> suppressions, CancellationToken cancellationToken = default)
    {
        ThrowIfWrong(suppressions);
        lock (_lock)
            return Task.FromResult(suppressions.Count(s => Add(s) is not null));
    }

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string address, string by, string? stream = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        return Task.FromResult(Remove(address, stream));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Suppression>> FindAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<Suppression>>(
                KeyOf(address) is { } key && _byAddress.TryGetValue(key, out var found)
                    ? [.. found.OrderBy(s => s.Stream, StringComparer.Ordinal)]
                    : []);
        }
    }

    /// <inheritdoc/>
    public Task<SuppressionPage> ListAsync(int limit = 100, string? page = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        var before = long.MaxValue;
        if (page is not null && !long.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            throw new ArgumentException($"page is \"{page}\"; allowed: the NextPage of the page before.", nameof(page));
        lock (_lock)
        {
            var end = CountBelow(before);
            var start = Math.Max(0, end - limit);
            List<Suppression> entries = [.. Enumerable.Range(start, end - start).Select(i => _all.Values[i])];
            entries.Reverse();
            return Task.FromResult(new SuppressionPage(
                entries, start == 0 ? null : _all.Keys[start].ToString(CultureInfo.InvariantCulture)));
        }
    }

    /// <exception cref="ArgumentException">An entry is null or not valid.</exception>
    internal static void ThrowIfWrong(IReadOnlyList<Suppression> suppressions)
    {
        ArgumentNullException.ThrowIfNull(suppressions);
        for (var i = 0; i < suppressions.Count; i++)
        {
            if ((suppressions[i] is { } entry ? entry.FindError() : "It is null.") is { } error)
                throw new ArgumentException($"suppressions[{i}]: {error}", nameof(suppressions));
        }
    }

    /// <summary>Adds entries, and returns those that are new, as they are stored.</summary>
    internal List<Suppression> AddNew(IEnumerable<Suppression> suppressions)
    {
        lock (_lock)
            return [.. suppressions.Select(Add).OfType<Suppression>()];
    }

    internal bool Remove(string address, string? stream)
    {
        lock (_lock)
        {
            if (KeyOf(address) is not { } key || !_byAddress.TryGetValue(key, out var found)
                || found.Find(s => s.Stream == stream) is not { } entry)
                return false;
            found.Remove(entry);
            _all.RemoveAt(_all.IndexOfValue(entry));
            return true;
        }
    }

    /// <summary>All entries, the oldest first.</summary>
    internal List<Suppression> ToList()
    {
        lock (_lock)
            return [.. _all.Values];
    }

    /// <returns>The entry as it is stored; null if there was one.</returns>
    private Suppression? Add(Suppression suppression)
    {
        var address = suppression.Address.Trim();
        var key = KeyOf(address)!;
        if (!_byAddress.TryGetValue(key, out var found))
            _byAddress.Add(key, found = []);
        if (found.Exists(s => s.Stream == suppression.Stream))
            return null;
        var added = suppression with { Address = address, At = suppression.At ?? _time.GetUtcNow() };
        found.Add(added);
        _all.Add(++_last, added);
        return added;
    }

    private int CountBelow(long number)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_all.Keys[middle] < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>Null for what is not an address: nothing can be sent there.</summary>
    private static string? KeyOf(string address) =>
        AddressSpec.Check(address.Trim()) is null ? AddressSpec.Normal(address.Trim()) : null;
}
