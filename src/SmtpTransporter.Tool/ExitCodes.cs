namespace SmtpTransport.Tool;

/// <summary>The exit codes of the tool. 64 and 75 are those of BSD's <c>sysexits.h</c>.</summary>
internal static class ExitCodes
{
    /// <summary>Success.</summary>
    public const int Success = 0;

    /// <summary>An email was refused, failed permanently, or its outcome is unknown.</summary>
    public const int Failed = 1;

    /// <summary>The arguments are wrong, or a file cannot be used.</summary>
    public const int Usage = 64;

    /// <summary>The operation failed temporarily: another attempt may succeed.</summary>
    public const int TryAgain = 75;
}
