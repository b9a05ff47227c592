using System.Threading.RateLimiting;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace SmtpTransport.Outbox;

/// <summary>Where an outbox keeps its mails, and how it sends them. Read once, when the application starts.</summary>
public sealed class OutboxOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    internal Database? Database { get; private set; }

    internal Dictionary<string, (int Mails, TimeSpan Per)> Rates { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, RateLimiter> RateLimiters { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether this process sends; false for one that only enqueues. Default true.</summary>
    public bool EnableWorker { get; set; } = true;

    /// <summary>How many mails this process sends at once, at most; 1 to 100. The transporter's <see cref="ServerOptions.MaxConnections"/> counts as well. Default 10.</summary>
    public int MaxConcurrency { get; set; } = 10;

    /// <summary>The wait before the second try. Default 1 minute. Each later one is twice as long.</summary>
    public TimeSpan InitialRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait between two tries. Default 4 hours.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromHours(4);

    /// <summary>By how much a wait is scattered, so that mails which failed together do not come back together; 0 to 1. Default 0.2: 20 % shorter to 20 % longer.</summary>
    public double RetryJitter { get; set; } = 0.2;

    /// <summary>How long after its time, or after its first try where that came later, a mail that is put off becomes a dead letter; at most 3,650 days. Default 2 days (RFC 5321, section 4.5.4.1, has mail servers try for 4 to 5).</summary>
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromDays(2);

    /// <summary>A schedule of one's own: the wait after a number of tries (1 and more), or null to give up. Where it throws, the properties above count. Default as they say.</summary>
    public Func<int, TimeSpan?>? RetrySchedule { get; set; }

    /// <summary>
    /// Decides about a mail of which it is not known whether it was delivered, at the moment when that is known; it may look into the provider's log,
    /// by the Message-ID. Asked once each time a mail is parked, by one of the workers, one mail at a time; it has 5 minutes. Where it throws, or time is up, the mail stays
    /// parked; where the process ends meanwhile, it is asked again. Default: the mail is parked.
    /// </summary>
    public Func<OutboxEntry, CancellationToken, ValueTask<UnknownDecision>>? OnUnknown { get; set; }

    /// <summary>
    /// How long after the beginning of its transmission <see cref="OnUnknown"/> is asked about a mail whose run has ended without a word, with its process
    /// or machine; more than <see cref="ServerOptions.SendTimeout"/>, for a run that is believed dead may live, and its result counts. Default 2 minutes.
    /// </summary>
    public TimeSpan OnUnknownDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long mails that are final are kept, with their idempotency keys; dead and parked ones are kept until somebody decides, dead ones ten times as long at most. At most 3,650 days. Default 30 days.</summary>
    public TimeSpan RetentionPeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Whether content, envelope and the servers' words are encrypted at rest, with the application's
    /// <c>IDataProtectionProvider</c>; its keys must be shared by all machines and outlive the mails. Ids, states, times, keys and sizes are not
    /// encrypted. Default false.
    /// </summary>
    public bool EncryptAtRest { get; set; }

    /// <summary>How texts of headers are encoded as a mail is written down. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode HeaderCharset { get; set; } = MailMode.Utf8;

    /// <summary>How text and HTML are encoded as a mail is written down. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode BodyCharset { get; set; } = MailMode.Utf8;

    /// <summary>How late a due mail may be before the health check says degraded. Default 10 minutes.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Keeps the mails in a file of SQLite, on a disk of this machine. Any number of processes may enqueue; one of them sends, by a lock on a file beside it
    /// (<c>…-sender</c>), and another takes over when it ends. Tables are made as needed. The file is switched to WAL.
    /// </summary>
    /// <param name="connectionString">Such as <c>Data Source=outbox.db</c>.</param>
    public OutboxOptions UseSqlite(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var builder = new SqliteConnectionStringBuilder(connectionString);
        if (builder.DataSource.Length == 0 || builder.DataSource == ":memory:" || builder.Mode == SqliteOpenMode.Memory)
            throw new ArgumentException("The database is none or in memory; allowed: a file, for what is in memory is lost with the process.", nameof(connectionString));
        Database = new SqliteDatabase(builder);
        return this;
    }

    /// <summary>Keeps the mails in PostgreSQL (12 or later): any number of machines, whose clocks agree within a few seconds. Tables are made as needed, in the first schema of the search path.</summary>
    /// <param name="connectionString">
    /// Such as <c>Host=db;Database=shop;Username=…;Password=…</c>. With <c>Max Auto Prepare=100</c> it sends a third more mails a second; not behind a PgBouncer
    /// that gives each transaction another connection.
    /// </param>
    public OutboxOptions UsePostgres(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        Database = new PostgresDatabase(new NpgsqlConnectionStringBuilder(connectionString));
        return this;
    }

    /// <summary>Limits the rate of all machines together: one mail every <paramref name="per"/> / <paramref name="emails"/>, evenly.</summary>
    /// <param name="emails">How many; at least 1.</param>
    /// <param name="per">In which time; at most a day for each mail.</param>
    /// <param name="transporterName">Of which transporter; null for the default one.</param>
    public OutboxOptions LimitRate(int emails, TimeSpan per, string? transporterName = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(emails, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(per, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(per, emails * TimeSpan.FromDays(1));
        Rates[transporterName ?? ""] = (emails, per);
        return this;
    }

    /// <summary>Limits the rate by a limiter of the caller's, such as one over Redis: one permit a mail, whose lease is disposed after the try. The caller disposes the limiter.</summary>
    /// <param name="limiter">The limiter.</param>
    /// <param name="transporterName">Of which transporter; null for the default one.</param>
    public OutboxOptions UseRateLimiter(RateLimiter limiter, string? transporterName = null)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        RateLimiters[transporterName ?? ""] = limiter;
        return this;
    }

    internal void ThrowIfWrong()
    {
        if (Database is null)
            throw new ArgumentException("The outbox has no database: UseSqlite or UsePostgres is missing.");
        Check(MaxConcurrency is >= 1 and <= 100, nameof(MaxConcurrency), MaxConcurrency, "1 to 100");
        Check(InitialRetryDelay > TimeSpan.Zero, nameof(InitialRetryDelay), InitialRetryDelay, "more than 0");
        Check(MaxRetryDelay >= InitialRetryDelay && MaxRetryDelay <= Longest, nameof(MaxRetryDelay), MaxRetryDelay, $"{nameof(InitialRetryDelay)} to {Longest.Days} days");
        Check(RetryJitter is >= 0 and <= 1, nameof(RetryJitter), RetryJitter, "0 to 1");
        Check(ExpireAfter > TimeSpan.Zero && ExpireAfter <= Longest, nameof(ExpireAfter), ExpireAfter, $"more than 0, at most {Longest.Days} days");
        Check(RetentionPeriod >= TimeSpan.Zero && RetentionPeriod <= Longest, nameof(RetentionPeriod), RetentionPeriod, $"0 to {Longest.Days} days");
        Check(OnUnknownDelay >= TimeSpan.Zero && OnUnknownDelay <= Longest, nameof(OnUnknownDelay), OnUnknownDelay, $"0 to {Longest.Days} days");
        Check(DegradedAfter > TimeSpan.Zero, nameof(DegradedAfter), DegradedAfter, "more than 0");

        static void Check(bool isRight, string name, object value, string allowed)
        {
            if (!isRight)
                throw new ArgumentException($"{name} is {value}; allowed: {allowed}.", name);
        }
    }
}
