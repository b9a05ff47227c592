using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>Uses the outbox in a database, which it neither creates nor migrates, and from which it does not send.</summary>
internal static class OutboxConnection
{
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">There is no outbox of this version, or the query is not valid.</exception>
    public static async Task<int> RunAsync(
        OutboxDatabase outbox, Func<IServiceProvider, Task<int>> run, ToolContext context, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        services.AddSmtpOutbox(options =>
        {
            SchemaCommand.Configure(options, outbox, context, mustExist: true);
            options.EnableWorker = false;
        });
        await using var provider = services.BuildServiceProvider();
        var database = provider.GetRequiredService<Database>();
        try
        {
            ThrowIfOther(await database.ReadVersionAsync(cancellationToken), database.Tables);
            return await run(provider);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(WithoutParameter(exception), exception);
        }
        catch (CryptographicException exception)
        {
            throw new UsageException(exception.Message, exception);
        }
        catch (OutboxUnacknowledgedException exception)
        {
            await context.Errors.WriteLineAsync(exception.Message);
            return ExitCodes.TryAgain;
        }
        catch (Exception exception) when (database.IsUnavailable(exception))
        {
            await context.Errors.WriteLineAsync($"The database cannot be used: {exception.Message}");
            return ExitCodes.TryAgain;
        }
    }

    /// <summary>.NET adds the name of a parameter, which nobody has given here.</summary>
    private static string WithoutParameter(ArgumentException exception)
    {
        var end = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(end, StringComparison.Ordinal) ? exception.Message[..^end.Length] : exception.Message;
    }

    private static void ThrowIfOther(int? version, TableNames tables)
    {
        if (version is null)
            throw new UsageException($"There is no table {tables.Version}: no outbox is in this database. See --prefix and --schema.");
        if (version != OutboxSchema.CurrentVersion)
        {
            throw new UsageException(
                $"The tables of the outbox have version {version}; this program needs {OutboxSchema.CurrentVersion}. "
                + (version < OutboxSchema.CurrentVersion
                    ? "The first start of an application with this version of the package brings them to it."
                    : "Use the version of the program that belongs to them."));
        }
    }
}
