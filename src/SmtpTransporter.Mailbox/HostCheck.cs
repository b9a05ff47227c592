using System.Net;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Mailbox;

/// <summary>
/// Answers requests only if they name a host that the mailbox knows. A web page on the internet can let its own name resolve to this
/// machine (DNS rebinding), and the browser then gives it every answer; but the request still has that name.
/// </summary>
internal sealed class HostCheck
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _suffixes = [];
    private readonly bool _allowsAll;

    /// <exception cref="ArgumentException">A name is not a host name, an address, <c>*.</c> with a name, or <c>*</c>.</exception>
    public HostCheck(IEnumerable<string> allowed)
    {
        foreach (var name in allowed)
        {
            var host = name?.Trim() ?? "";
            if (host == "*")
                _allowsAll = true;
            else if (Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) == UriHostNameType.Unknown)
                throw new ArgumentException(
                    $"AllowedHosts contains \"{name}\"; allowed: host names and IP addresses without a port, "
                    + "\"*.example.com\", and \"*\".");
            else if (host.StartsWith("*.", StringComparison.Ordinal))
                _suffixes.Add(host[1..]);
            else
                _names.Add(host.Trim('[', ']'));
        }
    }

    public RequestDelegate Wrap(RequestDelegate next) => context =>
        IsAllowed(context.Request.Host.Host)
            ? next(context)
            : PageAnswers.PlainAsync(
                context,
                StatusCodes.Status421MisdirectedRequest,
                $"The mailbox does not answer to the host name \"{context.Request.Host.Host}\": it could be that of another site. "
                + "If it is yours, add it to MailboxOptions.AllowedHosts, or call smtp-transporter serve with --allow-host.");

    /// <summary>Whether a host in a request (RFC 9110, section 7.2) is this machine or one that is allowed.</summary>
    public bool IsAllowed(string host)
    {
        var name = host.Trim('[', ']').TrimEnd('.');
        return _allowsAll
            || name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            // RFC 6761, section 6.3: nobody can register a name in this domain.
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address))
            || _names.Contains(name)
            || _suffixes.Any(suffix => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }
}
