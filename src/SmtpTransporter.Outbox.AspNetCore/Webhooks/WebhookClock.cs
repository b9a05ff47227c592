using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace SmtpTransport.Outbox;

/// <summary>Refuses requests that were signed too long ago.</summary>
/// <param name="time">The clock.</param>
/// <param name="tolerance">How old a request may be.</param>
internal sealed class WebhookClock(TimeProvider time, TimeSpan tolerance)
{
    // What the clocks of two machines may differ by.
    private static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Until when a request that comes now must be remembered: later, its time is too old.</summary>
    public DateTimeOffset RememberUntil => Now + tolerance + MaxAhead;

    /// <summary>Waits for what another request does.</summary>
    /// <exception cref="WebhookException">It takes longer than the limit.</exception>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task WaitAsync(Task other, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await other.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!other.IsCompleted)
        {
            throw new WebhookException(StatusCodes.Status503ServiceUnavailable, "The same request is still being recorded.");
        }
    }

    /// <exception cref="WebhookException">The time is too old, or in the future.</exception>
    public void Check(DateTimeOffset signed)
    {
        var age = Now - signed;
        if (age > tolerance)
            throw new WebhookException(StatusCodes.Status403Forbidden, "The time of the request is too old.");
        if (age < -MaxAhead)
        {
            // Our own clock may be slow: what comes again later counts.
            throw new WebhookException(StatusCodes.Status503ServiceUnavailable, "The time of the request is in the future.");
        }
    }

    /// <summary>Checks a time in seconds since 1970.</summary>
    /// <exception cref="WebhookException">The time is too old, in the future, or not a time.</exception>
    public void Check(string seconds)
    {
        if (!long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            throw new WebhookException(StatusCodes.Status403Forbidden, "The time of the request is missing, or is not a time.");
        Check(DateTimeOffset.FromUnixTimeSeconds(number));
    }
}
