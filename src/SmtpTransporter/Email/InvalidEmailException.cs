namespace SmtpTransport;

/// <summary>An email cannot be made a message. It says everything that is wrong with the email, not only the first problem.</summary>
/// <remarks>
/// <see cref="StoredMessage.FromEmail"/> throws it. A send does not: its result has the first error
/// (<see cref="SendResult.Errors"/>). <see cref="Email.Analyze"/> finds the same without an exception.
/// </remarks>
public sealed class InvalidEmailException : InvalidOperationException
{
    internal InvalidEmailException(IReadOnlyList<EmailDiagnostic> errors, Exception inner)
        : base(string.Join(" ", errors.Select(e => e.Message)), inner) => Errors = errors;

    /// <summary>
    /// What is wrong, at least one error: at most one for each check, with the property, what was given and what is allowed.
    /// </summary>
    public IReadOnlyList<EmailDiagnostic> Errors { get; }
}
