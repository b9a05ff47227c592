namespace SmtpTransport;

/// <summary>Thrown by <see cref="SendResult.EnsureSuccess"/> where the mail was not accepted for every recipient.</summary>
public sealed class SmtpTransporterException : Exception
{
    internal SmtpTransporterException(SendResult result)
        : base($"{result.Outcome}: {(result.Status == 0 ? "" : $"{result.Status} ")}{result.StatusText}"
            + (result.Errors.Count == 0 ? "" : $" ({string.Join("; ", result.Errors.Select(e => e.Message))})")) =>
        Result = result;

    /// <summary>The result that was not a success.</summary>
    public SendResult Result { get; }
}
