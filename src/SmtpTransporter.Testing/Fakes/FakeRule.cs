namespace SmtpTransport.Testing;

/// <summary>The results of a <see cref="FakeSmtpTransporter"/> for the emails that match.</summary>
/// <remarks>A rule without a result is ignored. Safe for concurrent callers.</remarks>
public sealed class FakeRule
{
    private readonly Func<SentEmail, bool> _predicate;
    private Func<SentEmail, SendResult>? _createResult;
    private int _left = int.MaxValue;

    internal FakeRule(Func<SentEmail, bool> predicate) => _predicate = predicate;

    /// <summary>Returns this result for each email that matches.</summary>
    /// <param name="result">The result, see <see cref="SendResult.Create"/>.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="result"/> is null.</exception>
    public FakeRule Return(SendResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Return(_ => result);
    }

    /// <summary>Returns the result of a function for each email that matches.</summary>
    /// <param name="result">Creates the result. The send throws what it throws.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="result"/> is null.</exception>
    public FakeRule Return(Func<SentEmail, SendResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _createResult = result;
        return this;
    }

    /// <summary>Limits how often the rule is used. Default: no limit.</summary>
    /// <param name="times">The number of emails, at least 1.</param>
    /// <returns>The rule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="times"/> is less than 1.</exception>
    public FakeRule Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        _left = times;
        return this;
    }

    internal bool Matches(SentEmail email) => _left > 0 && _createResult is not null && _predicate(email);

    internal SendResult? Take(SentEmail email)
    {
        _left -= _left == int.MaxValue ? 0 : 1;
        return _createResult?.Invoke(email);
    }
}
