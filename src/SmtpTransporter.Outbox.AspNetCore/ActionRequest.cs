namespace SmtpTransport.Outbox;

/// <summary>What the page sends with an action, as JSON.</summary>
/// <param name="Reason">Why; null or empty if no reason was given.</param>
/// <param name="CancelWaiting">Whether emails that wait are canceled, to be erased too.</param>
internal sealed record ActionRequest(string? Reason, bool CancelWaiting = false)
{
    /// <summary>The longest reason, in characters.</summary>
    public const int MaxReason = 500;
}
