using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The search in a database that an earlier version of the package knew.</summary>
public abstract class MigratedSearchTests : SearchTests
{
    [Fact]
    public async Task The_tables_of_version_2_are_migrated_and_what_such_a_version_still_stores_is_found()
    {
        var id = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Tables.RestoreVersion2Async();
        await Host.StopAsync();
        await Host.RunAsync(sends: false);

        Assert.Equal([id], await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
        // As a process of version 2 does, which does not name the column.
        var later = await Host.EnqueueAsync(TestEmail.To("ann"));
        await Tables.ForgetTermsAsync();

        Assert.Equal(Sorted([later, id]).Reverse(), await FindAsync(new OutboxQuery { Recipient = "ann@example.org" }));
    }
}
