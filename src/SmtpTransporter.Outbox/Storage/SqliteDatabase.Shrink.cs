namespace SmtpTransport.Outbox;

// How a file gives back what is free in it.
internal sealed partial class SqliteDatabase
{
    // A page has four kilobytes. While a step runs, nothing else is written: it takes some milliseconds, or has fewer pages the next time.
    private const int MaxPagesPerStep = 250;
    private const int MaxSteps = 20;
    private static readonly TimeSpan SlowStep = TimeSpan.FromMilliseconds(50);

    // What stays free for what is stored next: this many pages, or this part of the file.
    private const int MinFreePages = 250;
    private const int FreePart = 10;

    private int _pagesPerStep = MaxPagesPerStep;

    /// <summary>Gives free pages back, if the file was made so that it can.</summary>
    /// <returns>Whether it did.</returns>
    private async Task<bool> ShrinkAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken).ConfigureAwait(false);
        await using var disposal = connection.ConfigureAwait(false);
        for (var step = 0; step < MaxSteps; step++)
        {
            var pages = await connection.ScalarAsync(
                $"""
                SELECT freelist_count - max({MinFreePages}, page_count / {FreePart})
                FROM pragma_freelist_count, pragma_page_count, pragma_auto_vacuum WHERE auto_vacuum = 2
                """,
                cancellationToken).ConfigureAwait(false);
            if (pages is not > 0L)
                return step > 0;
            var cost = await InTransactionAsync(
                connection,
                async transaction =>
                {
                    var start = Time.GetTimestamp();
                    await connection.ExecuteAsync(
                        $"PRAGMA incremental_vacuum({Math.Min((long)pages, _pagesPerStep)})", cancellationToken, transaction)
                        .ConfigureAwait(false);
                    return Time.GetElapsedTime(start);
                },
                cancellationToken).ConfigureAwait(false);
            // SQLite looks for each page in the list of the free ones, which may be long.
            var isSlow = cost > SlowStep;
            _pagesPerStep = isSlow ? Math.Max(1, _pagesPerStep / 4) : Math.Min(MaxPagesPerStep, _pagesPerStep * 2);
            if (isSlow)
                break;
        }
        return true;
    }
}
