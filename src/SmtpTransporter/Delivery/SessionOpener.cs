using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

/// <summary>Opens the connections of one server within the limit for it, and reports them. Safe for concurrent callers.</summary>
internal sealed class SessionOpener(ServerOptions options, Authenticator authenticator, TimeProvider time)
{
    private readonly LoginGate _logins = new(authenticator, time);

    /// <param name="async">Whether to wait without a thread.</param>
    /// <param name="session">The connection.</param>
    /// <param name="since">How long the send had been under way when it began this attempt.</param>
    /// <param name="deadline">The limit of the send.</param>
    public async ValueTask OpenAsync(bool async, SmtpSession session, TimeSpan since, Deadline deadline)
    {
        using var step = SmtpActivitySource.Step("smtp connect", options);
        try
        {
            if (options.Authenticates)
            {
                await _logins.OpenAsync(
                    async, () => OpenAsync(async, session, deadline), e => ForAll(e, session, deadline), since, deadline)
                    .ConfigureAwait(false);
            }
            else
            {
                await OpenAsync(async, session, deadline).ConfigureAwait(false);
            }
            if (options.Logger is { } logger)
                LogConnected(logger, session.Facts);
        }
        catch (Exception exception)
        {
            SmtpActivitySource.Failed(step, exception);
            throw;
        }
        finally
        {
            if (step is not null)
                session.Facts.Report(step);
        }
    }

    // The limit begins here: one that has waited for the login of another connection has all of it.
    private async ValueTask OpenAsync(bool async, SmtpSession session, Deadline deadline)
    {
        using var connecting = deadline.Within(options.ConnectionTimeout);
        try
        {
            await session.OpenAsync(async, authenticator, connecting).ConfigureAwait(false);
        }
        catch (Exception exception) when (connecting.TimedOut
            && exception is not (SendFailureException or AuthenticationFailedException { Reply: not null }))
        {
            throw new TimeoutException("ConnectionTimeout has passed.", exception);
        }
    }

    /// <summary>
    /// A login that found no token, or was not even tried within ConnectionTimeout, fails those who wait for it: one after another, each
    /// would wait as long. Null if it failed otherwise, or was canceled.
    /// </summary>
    private static SendFailureException? ForAll(Exception exception, SmtpSession session, Deadline deadline)
    {
        if (deadline.CanceledByCaller || deadline.CanceledByDisposal
            || exception is not (TimeoutException or SendFailureException { Code: SmtpErrorCodes.TokenUnavailable }))
            return null;
        var facts = session.Facts;
        var error = FailureClassifier.Classify(exception, deadline, facts).Errors[^1];
        return new SendFailureException(error.ErrCode, error.ComponentSignature, error.Text ?? error.Message, exception)
        {
            Explanation = error.KnownExplanation?.Code,
            SharedStep = facts.SendStep,
        };
    }

    private void LogConnected(ILogger logger, ConnectionFacts facts) => LogMessages.Connected(
        logger, options.Host, options.Port,
        facts.TlsProtocol == SslProtocols.None ? "no TLS" : facts.TlsProtocol.ToString(), facts.Mechanism ?? "no authentication");
}
