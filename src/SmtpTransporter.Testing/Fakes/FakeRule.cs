namespace SmtpTransport.Testing;

/// <summary>What a <see cref="FakeSmtpTransporter"/> gives for the mails that fit. Safe for concurrent callers.</summary>
public sealed class FakeRule
{
    private readonly Func<SentEmail, bool> _fits;
    private Func<SentEmail, SendResult>? _result;
    private int _left = int.MaxValue;

    internal FakeRule(Func<SentEmail, bool> fits) => _fits = fits;

    /// <summary>Gives this result.</summary>
    /// <param name="result">The result, see <see cref="SendResult.Create"/>.</param>
    public FakeRule Return(SendResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return Return(_ => result);
    }

    /// <summary>Gives what the function says; an exception of it comes out of the send.</summary>
    /// <param name="result">Makes the result.</param>
    public FakeRule Return(Func<SentEmail, SendResult> result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _result = result;
        return this;
    }

    /// <summary>Counts for so many mails, and then no more. Default: for all.</summary>
    /// <param name="times">How many, at least 1.</param>
    public FakeRule Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        _left = times;
        return this;
    }

    internal bool Fits(SentEmail email) => _left > 0 && _result is not null && _fits(email);

    internal SendResult? Take(SentEmail email)
    {
        _left -= _left == int.MaxValue ? 0 : 1;
        return _result?.Invoke(email);
    }
}
