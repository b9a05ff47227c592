namespace SmtpTransport.Tool;

/// <summary>What the tool gives to a script; numbers as in BSD's <c>sysexits.h</c> where there is one.</summary>
internal static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Done = 0;

    /// <summary>Refused, or failed for good, or in doubt.</summary>
    public const int Failed = 1;

    /// <summary>Wrong arguments, or a file that cannot be used.</summary>
    public const int Usage = 64;

    /// <summary>Failed for now: worth another try.</summary>
    public const int TryAgain = 75;
}
