namespace SmtpTransport.Lab;

public abstract partial class ServerTests
{
    /// <summary>With LAB_WRITE=1, the table is written instead.</summary>
    [Fact]
    public async Task The_server_offers_what_its_table_says()
    {
        var offered = await EhloTable.ReadAsync(Server, Cancellation);

        if (Environment.GetEnvironmentVariable("LAB_WRITE") == "1")
            await File.WriteAllTextAsync(EhloTable.FileOf(Server), offered, Cancellation);
        Assert.Equal(await File.ReadAllTextAsync(EhloTable.FileOf(Server), Cancellation), offered);
    }

    [Fact]
    public async Task The_check_finds_the_server_usable_and_what_it_offers()
    {
        await using var transporter = new SmtpTransporter(Options);
        var table = await File.ReadAllTextAsync(EhloTable.FileOf(Server), Cancellation);

        for (var i = 0; i < 2; i++)
        {
            var status = await transporter.CheckConnectionAsync(Cancellation);

            Assert.True(status.Success, $"{status}\n{lab.Report()}");
            Assert.Equal(Server.Mechanisms.Count > 0, status.AuthenticationMechanism is not null);
            Assert.Equal(Server.HasTls, status.TlsCipher is not null);
            Assert.Equal(table.Contains("    SIZE ", StringComparison.Ordinal), status.SizeLimit is not null);
            await SendOneMoreAsync(transporter);
        }
    }
}
