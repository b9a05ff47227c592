using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The version of the tables.</summary>
public sealed class OutboxSchemaTests
{
    [Fact]
    public async Task An_outbox_does_not_start_on_tables_of_another_version()
    {
        await using var host = await OutboxHost.StartAsync(o => o.EnableWorker = false);
        await host.Tables.SetVersionAsync(OutboxSchema.CurrentVersion + 1);
        await host.StopAsync();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => host.RunAsync());

        Assert.Contains($"version {OutboxSchema.CurrentVersion + 1}", exception.Message, StringComparison.Ordinal);
    }
}
