using System.Data.Common;

namespace SmtpTransport.Outbox;

/// <summary>Statements with named parameters, which all kinds of database write as <c>@name</c>.</summary>
internal static class DbCommands
{
    public static async Task<int> ExecuteAsync(
        this DbConnection connection,
        string sql,
        CancellationToken cancellationToken,
        DbTransaction? transaction = null,
        params (string Name, object? Value)[] parameters)
    {
        var command = CreateCommand(connection, sql, transaction, parameters);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the first column of the first row; null if there is none.</summary>
    public static async Task<object?> ScalarAsync(
        this DbConnection connection,
        string sql,
        CancellationToken cancellationToken,
        DbTransaction? transaction = null,
        params (string Name, object? Value)[] parameters)
    {
        var command = CreateCommand(connection, sql, transaction, parameters);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } value and not DBNull ? value : null;
    }

    public static async Task<List<T>> ListAsync<T>(
        this DbConnection connection,
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken,
        DbTransaction? transaction = null,
        params (string Name, object? Value)[] parameters)
    {
        var command = CreateCommand(connection, sql, transaction, parameters);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var list = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    list.Add(read(reader));
                return list;
            }
        }
    }

    /// <summary>Runs one query on a connection of its own, possibly more than once.</summary>
    public static Task<List<T>> ListAsync<T>(
        this Database database,
        string sql,
        Func<DbDataReader, T> read,
        CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters) =>
        database.RepeatIfAbortedAsync(
            async _ =>
            {
                var connection = await database.OpenAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var list = await connection.ListAsync(sql, read, cancellationToken, null, parameters).ConfigureAwait(false);
                    database.CountAnswer();
                    return list;
                }
            });

    /// <summary>Runs one statement in a transaction of its own.</summary>
    public static Task<int> ExecuteAsync(
        this Database database, string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters) =>
        database.InTransactionAsync(
            transaction => transaction.Connection!.ExecuteAsync(sql, cancellationToken, transaction, parameters), cancellationToken);

#pragma warning disable CA2100 // Every text is a constant of this assembly; values are parameters.
    private static DbCommand CreateCommand(
        DbConnection connection, string sql, DbTransaction? transaction, (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
        return command;
    }
#pragma warning restore CA2100
}
