using System.Threading.RateLimiting;

namespace SmtpTransport.OutboxTests;

/// <summary>A limiter that admits nobody until it is opened, and everybody afterwards.</summary>
internal sealed class Turnstile : RateLimiter
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first one asks for a permit.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Completes when the first lease is disposed.</summary>
    public Task Released => _released.Task;

    public override TimeSpan? IdleDuration => null;

    public void Open() => _open.SetResult();

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => throw new NotSupportedException();

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        await _open.Task.WaitAsync(cancellationToken);
        return new Lease(_released);
    }

    private sealed class Lease(TaskCompletionSource released) : RateLimitLease
    {
        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            released.TrySetResult();
        }
    }
}
