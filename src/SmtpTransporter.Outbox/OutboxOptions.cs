using System.Data.Common;
using System.Threading.RateLimiting;
using Microsoft.Data.Sqlite;
using MySqlConnector;
using Npgsql;

namespace SmtpTransport.Outbox;

/// <summary>Where an outbox stores its emails, and how it sends them.</summary>
/// <remarks>
/// Configured once, in <c>AddSmtpOutbox</c>, which checks the values; later changes have no effect. Not thread-safe while it is being
/// configured.
/// </remarks>
public sealed partial class OutboxOptions
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromDays(1);

    private Func<TableNames, TimeProvider, Database>? _createDatabase;
    private Func<string>? _findPlace;
    private bool _hasSchemas;

    internal LaneLimits Limits { get; } = new();

#pragma warning disable RS0030 // The one place. Tests set their own.
    internal Random Random { get; set; } = Random.Shared;
#pragma warning restore RS0030

    /// <summary>What makes the tokens of workers.</summary>
    internal Func<Guid> CreateToken { get; set; } = Guid.NewGuid;

    /// <summary>Whether several processes send from one SQLite file as they do from PostgreSQL; for tests.</summary>
    internal bool IsFileShared { get; set; }

    /// <summary>What makes the connections; null for the provider's own.</summary>
    internal DbProviderFactory? Connections { get; set; }

    /// <summary>Whether this process sends; false for a process that only enqueues. Default: true.</summary>
    public bool EnableWorker { get; set; } = true;

    /// <summary>The maximum number of emails that this process sends at once through each transporter; 1 to 100. Default: 10.</summary>
    /// <remarks>
    /// A lane with limits of its own has as many places again. The transporter's <see cref="ServerOptions.MaxConnections"/> applies as
    /// well.
    /// </remarks>
    public int MaxConcurrency { get; set; } = 10;

    /// <summary>The delay before the second attempt; each later delay is twice as long. More than zero. Default: 1 minute.</summary>
    public TimeSpan InitialRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest delay between two attempts; <see cref="InitialRetryDelay"/> to 3,650 days. Default: 4 hours.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromHours(4);

    /// <summary>The random part of a delay; 0 to 1. Default: 0.2, which means 20 % shorter to 20 % longer.</summary>
    /// <remarks>It spreads the attempts of emails that failed together.</remarks>
    public double RetryJitter { get; set; } = 0.2;

    /// <summary>
    /// How long a deferred email is attempted before it becomes a dead letter; more than zero, at most 3,650 days. Default: 2 days.
    /// </summary>
    /// <remarks>
    /// Counted from the due time, or from the first attempt if that was later. RFC 5321, section 4.5.4.1, recommends 4 to 5 days for mail
    /// servers.
    /// </remarks>
    public TimeSpan ExpireAfter { get; set; } = TimeSpan.FromDays(2);

    /// <summary>A custom retry schedule: the delay after the given number of attempts (1 and more), or null to give up.</summary>
    /// <remarks>
    /// It replaces <see cref="InitialRetryDelay"/>, <see cref="MaxRetryDelay"/> and <see cref="RetryJitter"/>, which apply again if it
    /// throws. A negative delay counts as zero. Called concurrently. Default: none.
    /// </remarks>
    public Func<int, TimeSpan?>? RetrySchedule { get; set; }

    /// <summary>Decides what to do with an email whose delivery status is unknown. Default: none; the email stays parked.</summary>
    /// <remarks>
    /// Called by one worker, once each time an email is parked, for one email at a time. It may search the provider's log for the
    /// Message-ID, and has 5 minutes. If it throws or times out, the email stays parked; if the process ends meanwhile, it is called again
    /// later.
    /// </remarks>
    public Func<OutboxEntry, CancellationToken, ValueTask<UnknownDecision>>? OnUnknown { get; set; }

    /// <summary>
    /// How long after the start of a transmission <see cref="OnUnknown"/> is called at the earliest if the worker crashed; 0 to 3,650 days.
    /// Default: 2 minutes.
    /// </summary>
    /// <remarks>
    /// Keep it longer than <see cref="ServerOptions.SendTimeout"/>: a worker that appears to be dead may be alive, and its result counts.
    /// </remarks>
    public TimeSpan OnUnknownDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long emails in a final state are kept, with their idempotency keys; 0 to 3,650 days. Default: 30 days.</summary>
    /// <remarks>Dead letters are kept ten times as long; parked emails until someone decides.</remarks>
    public TimeSpan RetentionPeriod { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How long the messages of finished emails are kept, with their attachments; 0 to <see cref="RetentionPeriod"/>. Default: null, as
    /// long as their entries.
    /// </summary>
    /// <remarks>
    /// After that, the entry, its recipients and its history remain, and its idempotency key still prevents a second email. It cannot be
    /// sent again: <see cref="OutboxEntry.HasMessage"/> is false. Those of dead letters are kept ten times as long. They are removed within
    /// an hour; in SQLite they are overwritten.
    /// </remarks>
    public TimeSpan? KeepMessageFor { get; set; }

    /// <summary>Whether content, envelope and server replies are encrypted in the database. Default: false.</summary>
    /// <remarks>
    /// The application's <c>IDataProtectionProvider</c> encrypts them; its keys must be shared by all machines and outlive the emails. Ids,
    /// states, times, idempotency keys, lanes, names of transporters and sizes are not encrypted. Emails that were stored before the
    /// setting changed remain readable.
    /// </remarks>
    public bool EncryptAtRest { get; set; }

    /// <summary>How header texts are encoded when an email is stored. Default: <see cref="MailMode.Utf8"/>.</summary>
    public MailMode HeaderCharset { get; set; } = MailMode.Utf8;

    /// <summary>How text and HTML bodies are encoded when an email is stored. Default: <see cref="MailMode.Utf8"/>.</summary>
    public MailMode BodyCharset { get; set; } = MailMode.Utf8;

    /// <summary>How long an email may be overdue before the health check reports degraded; more than zero. Default: 10 minutes.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How late an email may be before the health check reports unhealthy. Default: 1 day.</summary>
    /// <remarks>At least <see cref="DegradedAfter"/>. Emails of paused lanes do not count.</remarks>
    public TimeSpan UnhealthyAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>From how many parked emails on the health check reports degraded; at least 1. Default: 100.</summary>
    /// <remarks>They wait for a decision (<see cref="OutboxState.Unknown"/>).</remarks>
    public int DegradedParkedCount { get; set; } = 100;

    /// <summary>From how many dead letters of the last hour on the health check reports degraded; at least 1. Default: 100.</summary>
    public int DegradedDeadLetterCount { get; set; } = 100;

    /// <summary>
    /// What the names of all tables begin with: 1 to 30 letters a to z, digits and underscores, beginning with a letter. Default:
    /// <c>smtp_outbox</c>.
    /// </summary>
    /// <remarks>Two outboxes in one database need different prefixes, or schemas.</remarks>
    public string TablePrefix { get; set; } = TableNames.DefaultPrefix;

    /// <summary>The schema of the tables in PostgreSQL; it must exist. Default: null, the first one of the search path.</summary>
    /// <remarks>Letters, digits and underscores, at most 63 characters.</remarks>
    public string? Schema { get; set; }

    /// <summary>Stores the emails in a SQLite file on a local disk of this machine.</summary>
    /// <remarks>
    /// Any number of processes may enqueue. One of them sends: it holds a lock on a file beside the database (<c>…-sender</c>), and another
    /// takes over when it ends. Missing tables are created. The file is switched to WAL mode.
    /// </remarks>
    /// <param name="connectionString">For example <c>Data Source=outbox.db</c>.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">
    /// The connection string is empty or not valid, or names no file or a database in memory.
    /// </exception>
    public OutboxOptions UseSqlite(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var builder = new SqliteConnectionStringBuilder(connectionString);
        if (builder.DataSource.Length == 0 || builder.DataSource == ":memory:" || builder.Mode == SqliteOpenMode.Memory)
        {
            throw new ArgumentException(
                "The connection string names no file, or a database in memory, which is lost with the process; allowed: a file.",
                nameof(connectionString));
        }
        _hasSchemas = false;
        // One process at a time sends from a file, whatever the names of its tables are.
        _findPlace = () => $"the file {Path.GetFullPath(builder.DataSource)}";
        _createDatabase = (tables, time) => new SqliteDatabase(builder, tables, time, Connections, IsFileShared);
        return this;
    }

    /// <summary>Stores the emails in PostgreSQL (version 12 or later), shared by any number of machines.</summary>
    /// <remarks>
    /// The database's clock counts. Missing tables are created in <see cref="Schema"/>, or in the first schema of the search path.
    /// </remarks>
    /// <param name="connectionString">
    /// For example <c>Host=db;Database=shop;Username=…;Password=…</c>. Statements are prepared (<c>Max Auto Prepare=100</c>), which
    /// increases the sending rate by about a fifth, unless there is a pooler between, or the connection string has a value of its own.
    /// </param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">The connection string is empty or not valid.</exception>
    public OutboxOptions UsePostgres(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        _hasSchemas = true;
        _findPlace = () =>
            $"the tables {Schema ?? builder.SearchPath ?? "public"}.{TablePrefix}_… in {builder.Host}:{builder.Port}/{builder.Database}";
        _createDatabase = (tables, time) => new PostgresDatabase(builder, tables, time, Connections);
        return this;
    }

    /// <summary>Stores the emails in MariaDB (version 10.6 or later), shared by any number of machines.</summary>
    /// <remarks>
    /// The database's clock counts. Missing tables are created in the database of the connection string. Other processes are not notified:
    /// they look for emails every second. The server's <c>innodb_flush_log_at_trx_commit</c> must be 1 (its default), or a crash of its
    /// machine may lose emails and marks of the last second. A transaction of the caller is one of MySqlConnector, which EF Core's
    /// provider Pomelo uses as well.
    /// </remarks>
    /// <param name="connectionString">For example <c>Server=db;Database=shop;User ID=…;Password=…</c>.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentException">The connection string is empty or not valid, or names no server or no database.</exception>
    public OutboxOptions UseMariaDb(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var builder = new MySqlConnectionStringBuilder(connectionString);
        if (builder.Server.Length == 0 || builder.Database.Length == 0)
        {
            throw new ArgumentException(
                "The connection string names no server or no database; allowed: both, as in Server=db;Database=shop.",
                nameof(connectionString));
        }
        _hasSchemas = false;
        _findPlace = () => $"the tables {TablePrefix}_… in {builder.Server}:{builder.Port}/{builder.Database}";
        _createDatabase = (tables, time) => new MariaDbDatabase(builder, tables, time, Connections);
        return this;
    }

    /// <summary>
    /// Limits the combined rate of all machines, evenly: one email every <paramref name="per"/> / <paramref name="emails"/>.
    /// </summary>
    /// <param name="emails">The number of emails; at least 1.</param>
    /// <param name="per">The period; more than zero, at most one day for each email.</param>
    /// <param name="transporterName">The key of the limited transporter. Default: the transporter without a key.</param>
    /// <param name="lane">The lane that is limited. Default: all lanes of the transporter together.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="emails"/> or <paramref name="per"/> is outside its range.</exception>
    public OutboxOptions LimitRate(int emails, TimeSpan per, string? transporterName = null, string? lane = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(emails, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(per, TimeSpan.Zero);
        if (per / emails > MaxInterval)
        {
            throw new ArgumentOutOfRangeException(
                nameof(per), per, $"The period for {emails} emails is {per}; allowed: at most one day for each email.");
        }
        Limits.SetInterval(transporterName ?? "", lane, per / emails);
        return this;
    }

    /// <summary>Limits the rate with a limiter of the caller, for example one that is based on Redis.</summary>
    /// <remarks>Each attempt acquires one permit and disposes its lease afterwards. The caller disposes the limiter.</remarks>
    /// <param name="limiter">The limiter.</param>
    /// <param name="transporterName">The key of the limited transporter. Default: the transporter without a key.</param>
    /// <param name="lane">The lane that is limited. Default: all lanes of the transporter together.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="limiter"/> is null.</exception>
    public OutboxOptions UseRateLimiter(RateLimiter limiter, string? transporterName = null, string? lane = null)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        Limits.SetLimiter(transporterName ?? "", lane, limiter);
        return this;
    }

    /// <summary>Limits how many emails all machines together send at once.</summary>
    /// <param name="emails">The number of emails; at least 1.</param>
    /// <param name="transporterName">The key of the limited transporter. Default: the transporter without a key.</param>
    /// <param name="lane">The lane that is limited. Default: all lanes of the transporter together.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="emails"/> is less than 1.</exception>
    public OutboxOptions LimitConcurrency(int emails, string? transporterName = null, string? lane = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(emails, 1);
        Limits.SetConcurrency(transporterName ?? "", lane, emails);
        return this;
    }

    internal Database CreateDatabase(TimeProvider time) => _createDatabase!(new TableNames(Schema, TablePrefix), time);

    /// <summary>Whether there is a database.</summary>
    internal bool HasDatabase => _createDatabase is not null;

    /// <summary>Where the emails are, in words: two outboxes must not have the same.</summary>
    internal string Place => _findPlace!();

    /// <exception cref="ArgumentException">Options are not valid; the message names all of them.</exception>
    internal void ThrowIfInvalid()
    {
        var errors = OutboxOptionsCheck.FindErrors(this, _hasSchemas);
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(" ", errors.Select(e => e.Message)), errors[0].Name);
    }

    internal IReadOnlyList<(string? Name, string Message)> FindErrors() => OutboxOptionsCheck.FindErrors(this, _hasSchemas);
}
