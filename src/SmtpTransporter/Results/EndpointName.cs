using System.Globalization;

namespace SmtpTransport;

/// <summary>Which server it was, as people write it: <c>mail.example.com:587</c>, <c>[::1]:25</c> or <c>unix:/run/smtp.sock</c>.</summary>
internal sealed record EndpointName(string Host, int Port)
{
    /// <summary>What a host begins with that is a Unix socket; its path follows.</summary>
    public const string UnixPrefix = "unix:";

    public override string ToString() =>
        Host.StartsWith(UnixPrefix, StringComparison.Ordinal) ? Host
        : string.Create(
            CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}
