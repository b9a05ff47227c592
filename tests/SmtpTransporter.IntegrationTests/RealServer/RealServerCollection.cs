namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>One server for all tests, which run one after another, because some of them count lines of its log.</summary>
[CollectionDefinition(Name)]
public sealed class RealServerCollection : ICollectionFixture<PostfixServer>
{
    public const string Name = "Real server";
}
