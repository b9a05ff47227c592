namespace SmtpTransport;

/// <summary>Leaves addresses out of what logs and dashboards get, unless the options allow them.</summary>
internal static class PersonalData
{
    /// <summary>What went wrong, in one line; addresses in it only if the options allow them.</summary>
    public static string Mask(SendResult result, ServerOptions options) =>
        options.IncludePersonalDataInTelemetry ? result.Reason : result.MaskedReason;

    /// <summary>What went wrong and what to do, in one line; addresses in it only if the options allow them.</summary>
    public static string Line(SendResult result, ServerOptions options) => result.Describe(options.IncludePersonalDataInTelemetry);

    public static string Mask(SmtpError warning, ServerOptions options) =>
        options.IncludePersonalDataInTelemetry ? warning.Message : warning.MaskedMessage;
}
