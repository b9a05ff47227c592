namespace SmtpTransport.Testing;

/// <summary>A device code that waits for its user.</summary>
internal sealed class DeviceCode(string userCode, DateTimeOffset end)
{
    public string UserCode { get; } = userCode;

    public DateTimeOffset End { get; } = end;

    /// <summary>Whether the user has consented; null while the code was not entered.</summary>
    public bool? Consent { get; set; }
}
