using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests sequences of emails: each has one result, none is sent twice, and no email is read long before it is sent.</summary>
public sealed class SendManyTests : SocketTest
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Every_email_has_its_result_under_its_index(int count)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.RcptTo, "r7@").Reply(550, "5.1.1 Unknown");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var reports = new List<SendProgress>();

        var items = new List<SendManyResult>();
        var emails = Enumerable.Range(0, count).Select(Numbered).ToList();
        await foreach (var item in transporter.SendManyAsync(emails, new ProgressRecorder(reports.Add), Cancellation))
            items.Add(item);

        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), items.Select(i => i.Index).Order());
        Assert.All(items, i => Assert.Equal(i.Index == 7 ? Outcome.Refused : Outcome.Accepted, i.Result.Outcome));
        Assert.Equal(items.Count(i => i.Result.Success), server.Messages.Count);
        Assert.Equal(count, reports.Count);
        if (count == 200)
            Assert.Equal((199L, 1L, 200L), (reports[^1].Sent, reports[^1].Failed, reports[^1].Total));
    }

    [Fact]
    public async Task The_sequence_is_read_ahead_by_at_most_twice_the_connections()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with { MaxConnections = 2 });
        var (read, taken) = (0, 0);

        await foreach (var _ in transporter.SendManyAsync(Endless(), null, Cancellation))
        {
            taken++;
            Assert.InRange(read - taken, 0, 4);
            if (taken == 50)
                break;
        }

        // Emails that were started are sent nevertheless.
        Assert.Equal(read, server.Messages.Count);

        IEnumerable<Email> Endless()
        {
            while (true)
                yield return Numbered(read++);
        }
    }

    [Fact]
    public async Task Cancellation_still_reports_every_email_that_was_started()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var read = 0;
        var items = new List<SendManyResult>();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in transporter.SendManyAsync(Emails(), null, stop.Token))
            {
                items.Add(item);
                if (items.Count == 20)
                    await stop.CancelAsync();
            }
        });

        Assert.Equal(Enumerable.Range(0, read).Select(i => (long)i), items.Select(i => i.Index).Order());
        var (sent, unknown) = (items.Count(i => i.Result.Success), items.Count(i => i.Result.Outcome == Outcome.Unknown));
        Assert.Equal(items.Count, sent + unknown + items.Count(i => i.Result.Outcome == Outcome.NotSent));
        // The server finishes every transaction that is in progress first.
        await transporter.DisposeAsync();
        await server.DisposeAsync();
        Assert.InRange(server.Messages.Count, sent, sent + unknown);

        async IAsyncEnumerable<Email> Emails()
        {
            while (read < 1000)
            {
                await Task.Yield();
                yield return Numbered(read++);
            }
        }
    }

    [Fact]
    public async Task A_sequence_that_throws_still_returns_the_results_of_earlier_emails()
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        var items = new List<SendManyResult>();

        var exception = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var item in transporter.SendManyAsync(Emails(), null, Cancellation))
                items.Add(item);
        });

        Assert.Equal("row 5", exception.Message);
        Assert.Equal([0L, 1, 2, 3, 4], items.Select(i => i.Index).Order());
        Assert.Equal(5, server.Messages.Count);

        static IEnumerable<Email> Emails()
        {
            for (var i = 0; ; i++)
                yield return i < 5 ? Numbered(i) : throw new InvalidDataException($"row {i}");
        }
    }

    [Fact]
    public void Progress_reports_the_rate_and_the_remaining_time()
    {
        var progress = new SendProgress { Sent = 30, Failed = 10, Total = 100, Elapsed = TimeSpan.FromSeconds(4) };

        Assert.Equal(10, progress.Rate);
        Assert.Equal(TimeSpan.FromSeconds(6), progress.Remaining);
        Assert.Null((progress with { Total = null }).Remaining);
        Assert.Equal(0, new SendProgress().Rate);
    }

    private static Email Numbered(int number) => NewMail($"r{number}@example.org");

    private sealed class ProgressRecorder(Action<SendProgress> record) : IProgress<SendProgress>
    {
        public void Report(SendProgress value) => record(value);
    }
}
