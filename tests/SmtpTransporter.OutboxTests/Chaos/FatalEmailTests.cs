using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>An email that ends each process that sends it.</summary>
[Collection("beside chaos")]
public sealed class FatalEmailTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_email_that_ends_its_workers_is_set_aside_and_all_others_arrive()
    {
        var folder = Directory.CreateTempSubdirectory("fatal").FullName;
        var (database, promises) = ($"Data Source={folder}/outbox.db", $"{folder}/promises");
        await File.WriteAllTextAsync(promises, "", Cancellation);
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        await using (var accounts = await Accounts.OpenAsync(database))
        {
            var fatal = await accounts.Outbox.EnqueueAsync(TestEmail.To("fatal"), cancellationToken: Cancellation);
            await accounts.EnqueueAsync(100, promises);
            // The first end makes all of them suspects, each further one is this email's own.
            var ends = 0;
            for (; ends < 4; ends++)
            {
                var reached = server.Script.On(SmtpStep.RcptTo, "fatal@").Times(1).Hang();
                using var worker = WorkerProcess.Start(server.Port, database, 0, promises);
                await reached.Reached.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
                worker.Kill();
            }
            using (WorkerProcess.Start(server.Port, database, 0, promises))
                await accounts.UntilDoneAsync(101, TimeSpan.FromSeconds(60));

            var entry = await accounts.Outbox.GetAsync(fatal, Cancellation);
            Assert.Equal(OutboxState.DeadLettered, entry!.State);
            Assert.Contains("ended 3 times", Assert.Single(entry.History).Text, StringComparison.Ordinal);
            Assert.Equal(100, server.Messages.Select(m => m.Recipients[0]).Distinct().Count());
            // At most what the first one was transmitting when it ended.
            Assert.InRange((await accounts.Outbox.CountAsync(Cancellation))[OutboxState.Unknown], 0, 10);
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }
}
