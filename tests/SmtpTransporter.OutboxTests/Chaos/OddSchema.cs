using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tables of an outbox on a server, which a test changes so that they are not as the outbox needs them.</summary>
internal sealed class OddSchema : IAsyncDisposable
{
    private readonly OutboxHost _host;

    private OddSchema(ServerDatabase server, OutboxHost host) => (Server, _host) = (server, host);

    public ServerDatabase Server { get; }

    public Database Database => _host.Services.GetRequiredService<Database>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Creates the tables.</summary>
    public static async Task<OddSchema> CreateAsync(ServerDatabase server) =>
        new(server, await OutboxHost.StartAsync(o => server.Use(o).EnableWorker = false));

    /// <summary>Makes the database of an outbox with other options.</summary>
    public static Database Open(OutboxOptions options) => options.CreateDatabase(TimeProvider.System);

    /// <summary>What is not as it should be.</summary>
    public Task<IReadOnlyList<SchemaFinding>> InspectAsync() => InspectAsync(Database);

    /// <inheritdoc cref="InspectAsync()"/>
    public static Task<IReadOnlyList<SchemaFinding>> InspectAsync(Database database) =>
        database.CreateInspector().InspectAsync(Cancellation);

    /// <summary>Removes each index, looks for what is said about it, and creates it by the statement that is given.</summary>
    /// <param name="drop">The statement that removes an index.</param>
    /// <param name="indexes">The indexes.</param>
    public async Task CheckMissingAsync(Func<IndexDefinition, string> drop, IEnumerable<IndexDefinition> indexes)
    {
        foreach (var index in indexes)
        {
            await Server.ExecuteAsync(drop(index));

            var finding = Assert.Single(await InspectAsync());

            Assert.Equal($"The index {index.Name} is missing.", finding.Problem);
            await MendAsync([finding], Database);
        }
    }

    /// <summary>Runs the statements of findings, after which there are none.</summary>
    public Task MendAsync(IReadOnlyList<SchemaFinding> findings) => MendAsync(findings, Database);

    /// <inheritdoc cref="MendAsync(IReadOnlyList{SchemaFinding})"/>
    public async Task MendAsync(IReadOnlyList<SchemaFinding> findings, Database database)
    {
        // One by one: some may not be in a transaction.
        foreach (var statement in findings.SelectMany(f => f.Statement.Split("; ")))
            await Server.ExecuteAsync(statement);
        Assert.Empty(await InspectAsync(database));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();
}
