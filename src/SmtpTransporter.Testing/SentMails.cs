using System.Collections;

namespace SmtpTransport.Testing;

/// <summary>
/// The mails that a <see cref="FakeSmtpTransporter"/> was given, with assertions for any test framework: they throw
/// <see cref="SentMailsException"/>, whose message lists what was sent. Safe for concurrent callers; what is enumerated is a snapshot.
/// </summary>
public sealed class SentMails : IReadOnlyList<SentMail>
{
    private readonly List<SentMail> _mails = [];

    internal SentMails()
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
    public SentMail this[int index]
    {
        get
        {
            lock (_mails)
                return _mails[index];
        }
    }

    /// <summary>Exactly one mail fits, or, without a condition, exactly one was sent.</summary>
    /// <param name="mail">The condition; null (default) for any mail.</param>
    /// <returns>That mail, to look at further.</returns>
    /// <exception cref="SentMailsException">None fits, or several.</exception>
    public SentMail ShouldContainOne(Func<SentMail, bool>? mail = null) =>
        Fitting(mail) is [var only] ? only : throw Failed($"Expected one mail{Which(mail)}, but there are {Fitting(mail).Count}");

    /// <summary>So many mails fit.</summary>
    /// <param name="count">How many.</param>
    /// <param name="mail">The condition; null (default) for any mail.</param>
    /// <returns>Those mails.</returns>
    /// <exception cref="SentMailsException">It is another number.</exception>
    public IReadOnlyList<SentMail> ShouldContain(int count, Func<SentMail, bool>? mail = null) =>
        Fitting(mail) is var fitting && fitting.Count == count ? fitting : throw Failed($"Expected {count} mails{Which(mail)}, but there are {fitting.Count}");

    /// <summary>No mail fits, or, without a condition, none was sent.</summary>
    /// <param name="mail">The condition; null (default) for any mail.</param>
    /// <exception cref="SentMailsException">One does.</exception>
    public void ShouldBeEmpty(Func<SentMail, bool>? mail = null)
    {
        if (Fitting(mail).Count > 0)
            throw Failed($"Expected no mail{Which(mail)}, but there are {Fitting(mail).Count}");
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        lock (_mails)
            _mails.Clear();
    }

    /// <inheritdoc/>
    public IEnumerator<SentMail> GetEnumerator() => Fitting(null).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Add(SentMail mail)
    {
        lock (_mails)
            _mails.Add(mail);
    }

    private List<SentMail> Fitting(Func<SentMail, bool>? mail)
    {
        lock (_mails)
            return mail is null ? [.. _mails] : [.. _mails.Where(mail)];
    }

    private static string Which(Func<SentMail, bool>? mail) => mail is null ? "" : " that fit";

    private SentMailsException Failed(string what)
    {
        var all = Fitting(null);
        return new($"{what}. Sent {(all.Count == 0 ? "was nothing." : $"were:\n{string.Join("\n", all.Select((m, i) => $"  [{i}] {m}"))}")}");
    }
}
