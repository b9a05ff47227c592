using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests.Chaos;

/// <inheritdoc/>
[Collection(MariaDbCollection.Name)]
public sealed class MariaDbMachineTests(SharedMariaDb shared) : MachineTests
{
    private protected override Task<ServerDatabase> CreateDatabaseAsync() => MariaDbServerDatabase.CreateAsync(shared.Server);

    [Fact]
    public async Task A_message_that_is_larger_than_a_statement_may_be_is_stored_in_parts()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);
        // Empty lines keep it out of the shared parts; each quote is two bytes in a statement.
        var text = string.Concat(Enumerable.Repeat(new string('\'', 70) + "\r\n\r\n", 250_000));

        var ids = await host.EnqueueManyAsync([new(Create("ann")), new(Create("bob"))]);

        foreach (var id in ids)
        {
            var read = Email.FromMime((await host.Outbox.GetMessageAsync(id, Cancellation))!.Message.ToArray());
            Assert.Equal(Noise(1, 20_000_000), read.Attachments[0].GetContent());
            Assert.Equal(text.TrimEnd(), read.TextBody!.TrimEnd());
        }

        Email Create(string name)
        {
            var email = TestEmail.To(name, Noise(1, 20_000_000));
            email.TextBody = text;
            return email;
        }
    }

    [Fact]
    public async Task Keys_that_differ_in_case_accents_or_blanks_are_different()
    {
        await using var host = await StartAsync(o => o.EnableWorker = false);

        var ids = new List<Guid>();
        foreach (var key in (string[])["order", "Order", "\u00f6rder", "order ", "order\ud83d\ude00"])
            ids.Add(await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: key));

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids[0], await host.EnqueueAsync(TestEmail.To("ann"), idempotencyKey: "order"));
    }

    [Fact]
    public async Task A_clean_up_removes_what_has_ended_and_its_belongings()
    {
        await using var host = await StartAsync(o => (o.EnableWorker, o.RetentionPeriod) = (false, TimeSpan.Zero));
        var ids = await host.EnqueueManyAsync(TestEmail.Many(3));
        await host.EnqueueAsync(TestEmail.To("large", Noise(1)));
        await host.Outbox.CancelAsync(ids[1], Cancellation);

        await host.Services.GetRequiredService<Sweeper>().CleanUpAsync(Cancellation);

        Assert.Equal(3, await Database.Tables.CountEmailsAsync());
        Assert.Equal(2, await Database.Tables.CountBelongingsAsync());
    }
}
