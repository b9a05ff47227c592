namespace SmtpTransport;

/// <summary>Thrown by <see cref="SendResult.EnsureSuccess"/> if the email was not accepted for every recipient.</summary>
/// <remarks>Its message has the outcome, the reply and the message of each error. No other member of the library throws it.</remarks>
public sealed class SmtpTransporterException : Exception
{
    internal SmtpTransporterException(SendResult result)
        : base($"{result.Outcome}: {(result.Status == 0 ? "" : $"{result.Status} ")}{result.StatusText}"
            + (result.Errors.Count == 0 ? "" : $" ({string.Join("; ", result.Errors.Select(e => e.Message))})")) =>
        Result = result;

    /// <summary>The result that is not a success.</summary>
    public SendResult Result { get; }
}
