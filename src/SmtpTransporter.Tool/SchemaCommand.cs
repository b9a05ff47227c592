using System.Data.Common;
using Microsoft.Data.Sqlite;
using SmtpTransport.Outbox;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Prints the tables of an outbox as SQL, or compares those in a database with them.</summary>
internal static class SchemaCommand
{
    public const string DatabaseVariable = "OUTBOX_DATABASE";

    /// <summary>Prints the SQL that creates the tables.</summary>
    public static async Task<int> PrintAsync(OutboxOptions options, ToolContext context)
    {
        using var database = options.CreateDatabase(TimeProvider.System);
        await context.Output.WriteLineAsync(database.Schema.CreateSql.Trim());
        return ExitCodes.Success;
    }

    /// <summary>Shows what is missing or different, with the statements to run. It changes nothing.</summary>
    public static async Task<int> CheckAsync(OutboxOptions options, ToolContext context, CancellationToken cancellationToken)
    {
        using var database = options.CreateDatabase(TimeProvider.System);
        IReadOnlyList<SchemaFinding> findings;
        try
        {
            findings = await database.CreateInspector().InspectAsync(cancellationToken);
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            context.Screen.MarkupLineInterpolated($"[red]The database cannot be used:[/] {exception.Message}");
            return ExitCodes.TryAgain;
        }
        foreach (var finding in findings)
        {
            context.Screen.MarkupLineInterpolated($"[red]{finding.Problem}[/]");
            // As it is, so that it can be copied.
            if (finding.Statement.Length > 0)
                await context.Output.WriteLineAsync(finding.Statement);
        }
        if (findings.Count == 0)
            context.Screen.MarkupLineInterpolated($"[green]The tables are as version {OutboxSchema.CurrentVersion} needs them.[/]");
        return findings.Count == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <summary>Sets the options for a database.</summary>
    /// <param name="options">The options.</param>
    /// <param name="outbox">Which outbox.</param>
    /// <param name="context">The environment.</param>
    /// <param name="mustExist">Whether a file of SQLite is not created.</param>
    public static void Configure(OutboxOptions options, OutboxDatabase outbox, ToolContext context, bool mustExist = false)
    {
        var given = outbox.ConnectionString ?? context.GetVariable(DatabaseVariable)
            ?? throw new UsageException($"No database. Give a connection string, or set {DatabaseVariable}.");
        if (outbox.ConnectionString?.Contains("password", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new UsageException(
                $"A password in an argument can be read by everyone on this machine. Set {DatabaseVariable}, or PGPASSWORD, instead.");
        }
        (options.TablePrefix, options.Schema) = (outbox.Prefix, outbox.Schema);
        try
        {
            var keywords = new DbConnectionStringBuilder { ConnectionString = given };
            _ = keywords.ContainsKey("Data Source") ? options.UseSqlite(mustExist ? WithoutCreate(given) : given)
                : keywords.ContainsKey("Host") ? options.UsePostgres(given)
                : keywords.ContainsKey("Server") ? options.UseMariaDb(given)
                : throw new ArgumentException(
                    "The connection string needs Host=… (PostgreSQL), Server=… (MariaDB) or Data Source=… (SQLite).");
            options.ThrowIfInvalid();
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
    }

    private static string WithoutCreate(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        if (builder.Mode == SqliteOpenMode.ReadWriteCreate)
            builder.Mode = SqliteOpenMode.ReadWrite;
        return builder.ConnectionString;
    }
}
