namespace SmtpTransport;

/// <summary>Thrown by <see cref="SendResult.EnsureSuccess"/> if the email was not accepted for every recipient.</summary>
/// <remarks>
/// Its message is that of <see cref="SendResult.ToString"/>, in which addresses are masked unless
/// <see cref="ServerOptions.IncludePersonalDataInTelemetry"/> allows them. No other member of the library throws it.
/// </remarks>
public sealed class SmtpTransporterException : Exception
{
    internal SmtpTransporterException(SendResult result)
        : base(result.ExceptionText) =>
        Result = result;

    /// <summary>The result that is not a success.</summary>
    public SendResult Result { get; }
}
