using System.Text.RegularExpressions;
using SmtpTransport.IntegrationTests.RealServer;

namespace SmtpTransport.IntegrationTests;

public sealed partial class RealServerConnectionTests(PostfixServer server) : RealServerTest(server)
{
    [Fact]
    public async Task The_log_of_the_server_contains_the_queue_id_of_the_result()
    {
        await using var transporter = new SmtpTransporter(Options);

        var result = await transporter.SendAsync(NewEmail(), Cancellation);

        AssertAccepted(result);
        await Server.WaitForLogAsync($"{result.QueueId}: message-id=<{result.MessageId}>");
    }

    [Fact]
    public async Task Two_sends_share_one_connection()
    {
        await using var transporter = new SmtpTransporter(Options);

        Assert.Equal(0, await CountConnectionsBetweenTwoSendsAsync(transporter));
    }

    [Fact]
    public async Task Without_keep_alive_each_send_has_its_own_connection()
    {
        await using var transporter = new SmtpTransporter(Options with { KeepAlive = false });

        Assert.Equal(1, await CountConnectionsBetweenTwoSendsAsync(transporter));
    }

    [Fact]
    public async Task A_check_reports_the_mechanism_and_the_capabilities()
    {
        await using var transporter = new SmtpTransporter(Options);

        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.True(status.Success, status.ToString());
        Assert.Equal("SCRAM-SHA-256", status.AuthenticationMechanism);
        Assert.Contains(status.Capabilities, c => c.StartsWith("PIPELINING", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("CN=localhost", status.CertificateSubject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_with_a_wrong_password_reports_535()
    {
        await using var transporter = new SmtpTransporter(Options with { Password = "wrong" });

        var status = await transporter.CheckConnectionAsync(Cancellation);

        Assert.False(status.Success);
        Assert.Equal(535, status.Status);
    }

    /// <summary>The number of connections that the server accepted between the first message and the second.</summary>
    private async Task<int> CountConnectionsBetweenTwoSendsAsync(SmtpTransporter transporter)
    {
        var first = await transporter.SendAsync(NewEmail(), Cancellation);
        var second = await transporter.SendAsync(NewEmail(), Cancellation);
        AssertAccepted(first);
        AssertAccepted(second);

        var from = await WaitForLogLineAsync(first);
        var to = await WaitForLogLineAsync(second);
        var log = Server.Log;
        var between = log[log.IndexOf(from, StringComparison.Ordinal)..log.IndexOf(to, StringComparison.Ordinal)];
        return ConnectionLine().Count(between);
    }

    [GeneratedRegex(@"smtpd\[\d+\]: connect from ")]
    private static partial Regex ConnectionLine();
}
