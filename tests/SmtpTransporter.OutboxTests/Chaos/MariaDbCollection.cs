using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The tests that share one server of MariaDB.</summary>
[CollectionDefinition(Name)]
public sealed class MariaDbCollection : ICollectionFixture<SharedMariaDb>
{
    public const string Name = "mariadb";
}
