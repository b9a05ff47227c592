using System.Data.Common;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>An empty database on a server, and what tests do with it in its own words.</summary>
internal abstract class ServerDatabase(string connectionString)
{
    public string ConnectionString => connectionString;

    public OutboxTables Tables => new(Create);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Sets the database of the options.</summary>
    public abstract OutboxOptions Use(OutboxOptions options);

    /// <summary>Makes a connection, which is closed.</summary>
    public abstract DbConnection Create();

    /// <summary>Creates another empty database on the same server.</summary>
    public abstract Task<ServerDatabase> CreateOtherAsync();

    /// <summary>The same database under another name of its host.</summary>
    public abstract ServerDatabase WithOtherHost();

    /// <summary>Lets the database refuse the entries of the history of an email.</summary>
    /// <param name="id">The email.</param>
    /// <param name="text">Only entries with this text; null for all.</param>
    public abstract Task RefuseAttemptsAsync(Guid id, string? text);

    /// <summary>Waits until a session waits for another one.</summary>
    public Task UntilOneWaitsAsync() => Poll.UntilAsync(
        async () => Convert.ToInt64(await ScalarAsync(WaitingSql), System.Globalization.CultureInfo.InvariantCulture) > 0, Cancellation);

    /// <summary>The query for how many sessions wait for another one.</summary>
    protected abstract string WaitingSql { get; }

    public async Task<DbConnection> OpenAsync()
    {
        var connection = Create();
        await connection.OpenAsync(Cancellation);
        return connection;
    }

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = await OpenAsync();
        return await connection.ScalarAsync(sql, Cancellation);
    }

    public Task ExecuteAsync(string sql) => ScalarAsync(sql);
}
