namespace SmtpTransport;

/// <summary>The operation failed for a reason that is already known by its code. It never reaches a caller.</summary>
/// <param name="code">One of <see cref="SmtpErrorCodes"/>.</param>
/// <param name="component">The layer.</param>
/// <param name="text">What happened, and what to do: an interpolated string (see <see cref="ErrorText"/>).</param>
/// <param name="inner">Why, if an exception tells.</param>
internal sealed class SendFailureException(int code, string component, ErrorText text, Exception? inner = null)
    : Exception(text.ToString(), inner), IWorded
{
    /// <summary>One of <see cref="SmtpErrorCodes"/>.</summary>
    public int Code { get; } = code;

    public string Component { get; } = component;

    public ErrorText Text { get; } = text;

    /// <summary>The code of the explanation if more is known than the error's code says; null otherwise.</summary>
    public string? Explanation { get; init; }

    /// <summary>
    /// The step at which a login failed that stands for those of other connections too; null if the failure is that of one connection.
    /// </summary>
    public SendStep? SharedStep { get; init; }

    /// <summary>The same failure for another one who waited for it.</summary>
    /// <param name="step">The step at which it happened.</param>
    public SendFailureException Copy(SendStep step) => new(Code, Component, Text, this) { Explanation = Explanation, SharedStep = step };
}
