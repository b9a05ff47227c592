using System.Globalization;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>
/// Three workers on one MariaDB, one of which is killed again and again, and sometimes the database. <c>OUTBOX_MARIADB_KILLS=100</c> is the
/// long run.
/// </summary>
[Collection("chaos")]
public sealed class MariaDbKillTests(ITestOutputHelper output)
{
    private static readonly int Kills =
        int.Parse(Environment.GetEnvironmentVariable("OUTBOX_MARIADB_KILLS") ?? "5", CultureInfo.InvariantCulture);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_email_is_sent_once_or_parked_though_one_of_three_workers_or_the_database_is_killed_again_and_again()
    {
        using var server = await MariaDb.StartAsync(isDurable: true, Cancellation);
        await ClusterKillTests.KillAsync(
            server.ConnectionString,
            () =>
            {
                server.Kill();
                return server.StartAgainAsync(Cancellation);
            },
            Kills,
            output);
    }
}
