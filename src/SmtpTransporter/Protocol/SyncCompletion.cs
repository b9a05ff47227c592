namespace SmtpTransport;

/// <summary>
/// Sync and async share their logic in methods that take a flag <c>async</c> and differ at the I/O call only. Run with <c>false</c>, such a
/// method has completed when it returns; these take its result without ever blocking on it.
/// </summary>
internal static class SyncCompletion
{
    public static T GetCompletedResult<T>(this ValueTask<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw NotCompleted();

    public static void GetCompletedResult(this ValueTask task)
    {
        if (!task.IsCompleted)
            throw NotCompleted();
        task.GetAwaiter().GetResult();
    }

    private static InvalidOperationException NotCompleted() => new("A synchronous operation went on asynchronously.");
}
