using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tests that share one server of PostgreSQL.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<SharedPostgres>
{
    public const string Name = "postgres";
}
