using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>Opens the connections of one server within the limit for it, and reports them. Safe for concurrent callers.</summary>
internal sealed class SessionOpener(ServerOptions options, Authenticator authenticator, TimeProvider time)
{
    private readonly LoginGate _logins = new(time);

    public async ValueTask OpenAsync(bool async, SmtpSession session, Deadline deadline)
    {
        using var connecting = deadline.Within(options.ConnectionTimeout);
        using var step = SmtpActivitySource.Step("smtp connect", options);
        try
        {
            if (options.Authenticates)
                await _logins.OpenAsync(async, () => session.OpenAsync(async, authenticator, connecting), deadline).ConfigureAwait(false);
            else
                await session.OpenAsync(async, authenticator, connecting).ConfigureAwait(false);
            if (options.Logger is { } logger)
                LogConnected(logger, session.Facts);
        }
        catch (Exception exception)
        {
            SmtpActivitySource.Failed(step, exception);
            if (connecting.TimedOut && exception is not SendFailureException)
                throw new TimeoutException("ConnectionTimeout has passed.", exception);
            throw;
        }
        finally
        {
            if (step is not null)
                session.Facts.Report(step);
        }
    }

    private void LogConnected(ILogger logger, ConnectionFacts facts) => LogMessages.Connected(
        logger, options.Host, options.Port,
        facts.TlsProtocol == SslProtocols.None ? "no TLS" : facts.TlsProtocol.ToString(), facts.Mechanism ?? "no authentication");
}
