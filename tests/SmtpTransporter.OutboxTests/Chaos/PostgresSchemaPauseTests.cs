using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The same in a schema whose name needs quotes, over sessions that find nothing without its name.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresSchemaPauseTests(SharedPostgres shared) : PauseTests
{
    private QuotedSchema? _schema;

    private protected override OutboxTables Tables => _schema!.Tables;

    private protected override async Task<Action<OutboxOptions>> CreateDatabaseAsync()
    {
        _schema = await QuotedSchema.CreateAsync(shared);
        return _schema.Use;
    }
}
