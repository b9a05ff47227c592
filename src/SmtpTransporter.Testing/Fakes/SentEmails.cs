using System.Collections;

namespace SmtpTransport.Testing;

/// <summary>
/// The mails that a <see cref="FakeSmtpTransporter"/> was given, with assertions for any test framework: they throw
/// <see cref="SentEmailsException"/>, whose message lists what was sent. Safe for concurrent callers; what is enumerated is a snapshot.
/// </summary>
public sealed class SentEmails : IReadOnlyList<SentEmail>
{
    private readonly List<SentEmail> _mails = [];

    internal SentEmails()
    {
    }

    /// <inheritdoc/>
    public int Count
    {
        get
        {
            lock (_mails)
                return _mails.Count;
        }
    }

    /// <inheritdoc/>
    public SentEmail this[int index]
    {
        get
        {
            lock (_mails)
                return _mails[index];
        }
    }

    /// <summary>Exactly one mail fits, or, without a condition, exactly one was sent.</summary>
    /// <param name="email">The condition; null (default) for any mail.</param>
    /// <returns>That mail, to look at further.</returns>
    /// <exception cref="SentEmailsException">None fits, or several.</exception>
    public SentEmail ShouldContainSingle(Func<SentEmail, bool>? email = null) =>
        Fitting(email) is [var only] ? only : throw Failed($"Expected one mail{Which(email)}, but there are {Fitting(email).Count}");

    /// <summary>So many mails fit.</summary>
    /// <param name="count">How many.</param>
    /// <param name="email">The condition; null (default) for any mail.</param>
    /// <returns>Those mails.</returns>
    /// <exception cref="SentEmailsException">It is another number.</exception>
    public IReadOnlyList<SentEmail> ShouldContain(int count, Func<SentEmail, bool>? email = null) =>
        Fitting(email) is var fitting && fitting.Count == count ? fitting : throw Failed($"Expected {count} mails{Which(email)}, but there are {fitting.Count}");

    /// <summary>No mail fits, or, without a condition, none was sent.</summary>
    /// <param name="email">The condition; null (default) for any mail.</param>
    /// <exception cref="SentEmailsException">One does.</exception>
    public void ShouldBeEmpty(Func<SentEmail, bool>? email = null)
    {
        if (Fitting(email).Count > 0)
            throw Failed($"Expected no mail{Which(email)}, but there are {Fitting(email).Count}");
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        lock (_mails)
            _mails.Clear();
    }

    /// <inheritdoc/>
    public IEnumerator<SentEmail> GetEnumerator() => Fitting(null).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(SentEmail email)
    {
        lock (_mails)
            _mails.Add(email);
    }

    private List<SentEmail> Fitting(Func<SentEmail, bool>? email)
    {
        lock (_mails)
            return email is null ? [.. _mails] : [.. _mails.Where(email)];
    }

    private static string Which(Func<SentEmail, bool>? email) => email is null ? "" : " that fit";

    private SentEmailsException Failed(string what)
    {
        var all = Fitting(null);
        return new($"{what}. Sent {(all.Count == 0 ? "was nothing." : $"were:\n{string.Join("\n", all.Select((m, i) => $"  [{i}] {m}"))}")}");
    }
}
