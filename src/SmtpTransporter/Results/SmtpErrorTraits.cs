namespace SmtpTransport;

/// <summary>What follows from an error code: its kind, whether it may pass, whether another server could do better.</summary>
internal static class SmtpErrorTraits
{
    public static SmtpErrorKind KindOf(int code) => code switch
    {
        SmtpErrorCodes.Disposed => SmtpErrorKind.Disposed,
        SmtpErrorCodes.CallbackFailed => SmtpErrorKind.Callback,
        SmtpErrorCodes.NoFreeConnection or SmtpErrorCodes.ResolveTimeout or SmtpErrorCodes.ConnectTimeout or SmtpErrorCodes.TlsTimeout
            or SmtpErrorCodes.AuthenticationTimeout or SmtpErrorCodes.ReplyTimeout or SmtpErrorCodes.ProxyTimeout => SmtpErrorKind.Timeout,
        SmtpErrorCodes.RateLimited or SmtpErrorCodes.RateLimitExceedsCapacity => SmtpErrorKind.RateLimit,
        SmtpErrorCodes.RecipientsDropped or SmtpErrorCodes.NoAllowedRecipient or SmtpErrorCodes.PickupFolderFailed
            or SmtpErrorCodes.LocalAddressUnusable => SmtpErrorKind.Options,
        >= 2000 and < 3000 => SmtpErrorKind.Message,
        SmtpErrorCodes.HostNotFound => SmtpErrorKind.Dns,
        SmtpErrorCodes.ConnectFailed => SmtpErrorKind.Connect,
        SmtpErrorCodes.ConnectionLost or SmtpErrorCodes.ConnectionClosed => SmtpErrorKind.ConnectionLost,
        > SmtpErrorCodes.ProxyTimeout and <= SmtpErrorCodes.ProxyProtocolError or SmtpErrorCodes.ProxyUnreachable => SmtpErrorKind.Proxy,
        SmtpErrorCodes.CertificateNotTrusted => SmtpErrorKind.Certificate,
        SmtpErrorCodes.TlsNotAvailable or SmtpErrorCodes.TlsHandshakeFailed or SmtpErrorCodes.TlsAlert => SmtpErrorKind.Tls,
        >= 5000 and < 6000 => SmtpErrorKind.Authentication,
        SmtpErrorCodes.ProtocolError or SmtpErrorCodes.LmtpNotSpoken or SmtpErrorCodes.OverlapGivenUp => SmtpErrorKind.Protocol,
        SmtpErrorCodes.SigningFailed or SmtpErrorCodes.CertificateSenderMismatch or SmtpErrorCodes.DkimFailed => SmtpErrorKind.Signing,
        SmtpErrorCodes.LogWriteFailed => SmtpErrorKind.Log,
        _ => SmtpErrorKind.Unknown,
    };

    /// <summary>Whether the same attempt may succeed later although nothing was changed.</summary>
    public static bool IsTransient(int code) =>
        KindOf(code) is SmtpErrorKind.Dns or SmtpErrorKind.Connect or SmtpErrorKind.ConnectionLost or SmtpErrorKind.Timeout
            or SmtpErrorKind.Protocol
        || code is SmtpErrorCodes.RateLimited or SmtpErrorCodes.TokenUnavailable or SmtpErrorCodes.ProxyUnreachable
            or SmtpErrorCodes.ProxyCannotConnect;

    /// <summary>Whether the message, or this side, is at fault and not a server: another server could do no better.</summary>
    public static bool IsLocal(int code) => code / 1000 is 1 or 2 or 7 or 8 && !IsNotOffered(code);

    /// <summary>Whether the server is well, and does not offer what this message needs: another one may.</summary>
    public static bool IsNotOffered(int code) =>
        code is SmtpErrorCodes.RequireTlsUnavailable or SmtpErrorCodes.SmtpUtf8Required or SmtpErrorCodes.DsnRequired;
}
