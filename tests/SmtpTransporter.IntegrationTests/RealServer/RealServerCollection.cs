namespace SmtpTransport.IntegrationTests.RealServer;

/// <summary>One server for all tests, which run one after another: some of them count what stands in its log.</summary>
[CollectionDefinition(Name)]
public sealed class RealServerCollection : ICollectionFixture<PostfixServer>
{
    public const string Name = "Real server";
}
