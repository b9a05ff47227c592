using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>Runs that are cut off at certain moments.</summary>
[Collection("beside chaos")]
public sealed class RecoveryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_recovering_run_that_is_cut_off_is_recovered_as_well(bool onPostgres)
    {
        using var postgres = onPostgres ? await Postgres.StartAsync(isDurable: false, Cancellation) : null;
        var folder = Directory.CreateTempSubdirectory("recovery").FullName;
        var (database, promises) = (postgres?.ConnectionString ?? $"Data Source={folder}/outbox.db", $"{folder}/promises");
        await File.WriteAllTextAsync(promises, "", Cancellation);
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { Tls = SmtpTestTlsMode.None });
        var beforeTransmission = server.Script.On(SmtpStep.Connect).Times(1).Hang();
        var afterTransmission = server.Script.On(SmtpStep.EndOfData).Times(1).Hang();

        using (var first = WorkerProcess.Start(server.Port, database, 1, promises))
        {
            await beforeTransmission.Reached.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            first.Kill();
        }
        using (var second = WorkerProcess.Start(server.Port, database, 1, promises))
        {
            await afterTransmission.Reached.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            second.Kill();
        }
        using (WorkerProcess.Start(server.Port, database, 1, promises))
        await using (var accounts = await Accounts.OpenAsync(database))
        {
            await accounts.UntilDoneAsync(1, TimeSpan.FromSeconds(60));

            Assert.Equal(1, await accounts.CheckAsync(promises, server.Messages));
        }
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_process_ends_though_the_database_is_down_and_an_email_whose_outcome_it_could_not_record_is_parked()
    {
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var promises = Path.GetTempFileName();
        var answer = new TaskCompletionSource();
        await using var server = SmtpTestServer.Start(new SmtpTestServerOptions { Tls = SmtpTestTlsMode.None });
        var transmitted = server.Script.On(SmtpStep.EndOfData).Times(1).WaitFor(answer.Task);
        using (var worker = WorkerProcess.Start(server.Port, postgres.ConnectionString, 1, promises))
        {
            await transmitted.Reached.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
            postgres.Kill();
            answer.SetResult();

            await worker.EndAsync(Cancellation).WaitAsync(TimeSpan.FromMinutes(2), Cancellation);
        }
        await postgres.StartAgainAsync(Cancellation);
        using (WorkerProcess.Start(server.Port, postgres.ConnectionString, 1, promises))
        await using (var accounts = await Accounts.OpenAsync(postgres.ConnectionString))
        {
            await accounts.UntilDoneAsync(1, TimeSpan.FromSeconds(60));

            Assert.Equal(1, await accounts.CheckAsync(promises, server.Messages));
        }
        File.Delete(promises);
    }

    [Fact]
    public async Task An_email_that_a_transaction_commits_is_sent_once_by_one_of_three_workers()
    {
        const int Count = 300;
        using var postgres = await Postgres.StartAsync(isDurable: false, Cancellation);
        var asked = 0;
        var hosts = new List<OutboxHost>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                hosts.Add(await OutboxHost.StartAsync(o => o.UsePostgres(postgres.ConnectionString).OnUnknown = (_, _) =>
                {
                    Interlocked.Increment(ref asked);
                    return ValueTask.FromResult(UnknownDecision.Resend);
                }));
            }
            var ids = new List<Guid>();
            await using (var connection = new Npgsql.NpgsqlConnection(postgres.ConnectionString))
            {
                await connection.OpenAsync(Cancellation);
                for (var i = 0; i < Count; i++)
                {
                    await using var transaction = await connection.BeginTransactionAsync(Cancellation);
                    ids.Add(await hosts[i % 3].EnqueueAsync(TestEmail.To($"u{i}"), transaction: transaction));
                    await transaction.CommitAsync(Cancellation);
                }
            }

            foreach (var id in ids)
                Assert.Equal(1, (await hosts[0].UntilAsync(id, OutboxState.Sent)).AttemptCount);
            Assert.Equal(Count, hosts.Sum(h => h.Server.Messages.Count));
            Assert.Equal(0, asked);
        }
        finally
        {
            foreach (var host in hosts)
                await host.DisposeAsync();
        }
    }
}
