using System.Collections;

namespace SmtpTransport.Testing;

/// <summary>The emails that were passed to a <see cref="FakeSmtpTransporter"/>, with assertions for any test framework.</summary>
/// <remarks>
/// <para>An assertion that fails throws <see cref="SentEmailsException"/>, whose message lists the emails.</para>
/// <para>An enumeration is of a snapshot. Safe for concurrent callers.</para>
/// </remarks>
public sealed class SentEmails : IReadOnlyList<SentEmail>
{
    private readonly object _gate = new();
    private readonly List<SentEmail> _emails = [];

    internal SentEmails()
    {
    }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_gate)
                return _emails.Count;
        }
    }

    /// <inheritdoc/>
    public SentEmail this[int index]
    {
        get
        {
            lock (_gate)
                return _emails[index];
        }
    }

    /// <summary>Asserts that exactly one email matches, or, without a condition, that exactly one was sent.</summary>
    /// <param name="predicate">The condition; null (default) for any email.</param>
    /// <returns>That email, for further assertions.</returns>
    /// <exception cref="SentEmailsException">No email matches, or more than one.</exception>
    public SentEmail ShouldContainSingle(Func<SentEmail, bool>? predicate = null) =>
        Find(predicate) is [var single]
            ? single
            : throw Fail($"Expected exactly one email{Describe(predicate)}, but found {Find(predicate).Count}");

    /// <summary>Asserts that a number of emails match.</summary>
    /// <param name="count">The number, at least 0.</param>
    /// <param name="predicate">The condition; null (default) for any email.</param>
    /// <returns>Those emails.</returns>
    /// <exception cref="SentEmailsException">Another number of emails match.</exception>
    public IReadOnlyList<SentEmail> ShouldContain(int count, Func<SentEmail, bool>? predicate = null) =>
        Find(predicate) is var found && found.Count == count
            ? found
            : throw Fail($"Expected {count} email(s){Describe(predicate)}, but found {found.Count}");

    /// <summary>Asserts that no email matches, or, without a condition, that none was sent.</summary>
    /// <param name="predicate">The condition; null (default) for any email.</param>
    /// <exception cref="SentEmailsException">At least one email matches.</exception>
    public void ShouldBeEmpty(Func<SentEmail, bool>? predicate = null)
    {
        if (Find(predicate).Count > 0)
            throw Fail($"Expected no email{Describe(predicate)}, but found {Find(predicate).Count}");
    }

    /// <summary>Removes all emails.</summary>
    public void Clear()
    {
        lock (_gate)
            _emails.Clear();
    }

    /// <inheritdoc/>
    public IEnumerator<SentEmail> GetEnumerator() => Find(null).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(SentEmail email)
    {
        lock (_gate)
            _emails.Add(email);
    }

    private List<SentEmail> Find(Func<SentEmail, bool>? predicate)
    {
        lock (_gate)
            return predicate is null ? [.. _emails] : [.. _emails.Where(predicate)];
    }

    private static string Describe(Func<SentEmail, bool>? predicate) => predicate is null ? "" : " to match the condition";

    private SentEmailsException Fail(string problem)
    {
        var all = Find(null);
        return new(all.Count == 0
            ? $"{problem}. No email was sent."
            : $"{problem}. Emails sent:\n{string.Join("\n", all.Select((m, i) => $"  [{i}] {m}"))}");
    }
}
