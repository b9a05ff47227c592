using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Which servers the outbox takes as MariaDB.</summary>
public sealed class MariaDbVersionTests
{
    [Theory]
    [InlineData("10.6.0-MariaDB")]
    [InlineData("10.11.14-MariaDB-0+deb12u2")]
    [InlineData("5.5.5-10.11.14-MariaDB-log")]
    [InlineData("12.0.2-MariaDB-ubu2404")]
    public void MariaDB_of_10_6_or_later_is_taken(string version) => MariaDbDatabase.EnsureSupported(version);

    [Theory]
    [InlineData("8.4.6")]
    [InlineData("8.0.43-0ubuntu0.24.04.1")]
    [InlineData("9.4.0-commercial")]
    [InlineData("8.0.36-28 Percona Server")]
    [InlineData("8.0.11-TiDB-v8.5.0")]
    [InlineData("10.5.29-MariaDB")]
    [InlineData("5.5.5-10.5.29-MariaDB")]
    [InlineData("-MariaDB")]
    public void MySQL_and_what_is_older_or_something_else_is_refused_with_its_version(string version)
    {
        var exception = Assert.Throws<InvalidOperationException>(() => MariaDbDatabase.EnsureSupported(version));

        Assert.Equal($"The server has version {version}; the outbox needs MariaDB 10.6 or later.", exception.Message);
    }
}
