using System.Threading.RateLimiting;

namespace SmtpTransport.OutboxTests;

/// <summary>A limiter whose first calls fail, with an exception or as if canceled; afterwards it admits everybody.</summary>
internal sealed class FailingLimiter(int failures) : RateLimiter
{
    private readonly NoLimit _noLimit = new();
    private int _left = failures;

    public override TimeSpan? IdleDuration => null;

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => _noLimit;

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        Interlocked.Decrement(ref _left) switch
        {
            < 0 => ValueTask.FromResult<RateLimitLease>(_noLimit),
            var left when left % 2 == 0 => throw new InvalidOperationException("The limiter has no connection."),
            _ => throw new OperationCanceledException(),
        };

    private sealed class NoLimit : RateLimitLease
    {
        public override bool IsAcquired => true;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
