using System.Threading.RateLimiting;

namespace SmtpTransport;

/// <summary>
/// The permits that a message needs before it is sent: one for the message, one for each recipient, and those of the recipients'
/// domains. The limiters are the caller's, and may be shared by several transporters. Safe for concurrent callers.
/// </summary>
internal sealed class SendRateLimiter(ServerOptions options)
{
    private readonly bool _isLimited = options.MessageRate is not null || options.RecipientRate is not null
        || options.RecipientDomainRate is not null;

    /// <returns>The permits, to be disposed when the message has been sent; null if there is no limit.</returns>
    public async ValueTask<IDisposable?> EnterAsync(bool async, Envelope envelope, Deadline deadline)
    {
        if (!_isLimited)
            return null;
        var leases = new Leases();
        try
        {
            if (options.MessageRate is { } messages)
                leases.Add(await LeaseAsync(
                    async, () => messages.AttemptAcquire(), () => messages.AcquireAsync(1, deadline.Token), nameof(options.MessageRate),
                    deadline).ConfigureAwait(false));
            if (options.RecipientRate is { } recipients)
            {
                var count = envelope.Recipients.Count;
                leases.Add(await LeaseAsync(
                    async, () => recipients.AttemptAcquire(count), () => recipients.AcquireAsync(count, deadline.Token),
                    nameof(options.RecipientRate), deadline).ConfigureAwait(false));
            }
            // In the order of their names: two messages to the same domains never wait for each other.
            if (options.RecipientDomainRate is { } domains)
            {
                foreach (var domain in envelope.Recipients.GroupBy(DomainOf).OrderBy(d => d.Key, StringComparer.Ordinal))
                {
                    var (name, count) = (domain.Key, domain.Count());
                    leases.Add(await LeaseAsync(
                        async, () => domains.AttemptAcquire(name, count), () => domains.AcquireAsync(name, count, deadline.Token),
                        nameof(options.RecipientDomainRate), deadline).ConfigureAwait(false));
                }
            }
            return leases;
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    private static string DomainOf(string address) => AddressSpec.DomainOf(address).ToLowerInvariant();

    private static async ValueTask<RateLimitLease> LeaseAsync(
        bool async, Func<RateLimitLease> atOnce, Func<ValueTask<RateLimitLease>> wait, string option, Deadline deadline)
    {
        RateLimitLease lease;
        try
        {
            lease = atOnce();
            if (lease.IsAcquired)
                return lease;
            lease.Dispose();
            var waiting = wait();
            // The limiter completes it by its own timer; no asynchronous code of ours is blocked on.
            lease = async || waiting.IsCompleted ? await waiting.ConfigureAwait(false) : waiting.AsTask().GetAwaiter().GetResult();
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw Refused($"{option:own}: the message needs more permits at once than the limiter can grant.", exception, transient: false);
        }
        catch (OperationCanceledException exception) when (deadline is { CanceledByCaller: false, CanceledByDisposal: false })
        {
            throw Refused($"{option:own}: the limiter granted no permit in time.", exception, transient: true);
        }
        if (lease.IsAcquired)
            return lease;
        var after = lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? $" Try again in {time.TotalSeconds:0.#} s." : "";
        lease.Dispose();
        throw Refused($"{option:own}: the limiter refused a permit.{after:own}", null, transient: true);
    }

    private static SendFailureException Refused(ErrorText message, Exception? inner, bool transient) =>
        new(transient ? SmtpErrorCodes.RateLimited : SmtpErrorCodes.RateLimitExceedsCapacity, "conf", message, inner);

    private sealed class Leases : List<RateLimitLease>, IDisposable
    {
        public void Dispose() => ForEach(lease => lease.Dispose());
    }
}
