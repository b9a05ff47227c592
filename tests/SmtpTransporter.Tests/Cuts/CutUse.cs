namespace SmtpTransport.Tests;

/// <summary>What the connection was used for before the exchange that is cut.</summary>
internal enum CutUse
{
    None,
    JustNow,
    BeforePause,
    Refusal,
}
