using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>Reads a host that is a Unix socket: <c>unix:</c> and its full path.</summary>
internal static class UnixSocketAddress
{
    public const string Prefix = EndpointName.UnixPrefix;

    /// <summary>The path of the socket; null if the host is not one.</summary>
    public static string? PathOf(string? host) =>
        host?.StartsWith(Prefix, StringComparison.Ordinal) == true ? host[Prefix.Length..] : null;

    public static bool IsValid(string? host) =>
        PathOf(host) is { } path && !path.Any(char.IsControl) && Path.IsPathFullyQualified(path) && Fits(path);

    // About 100 bytes; each system has its own limit.
    private static bool Fits(string path)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(path);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
