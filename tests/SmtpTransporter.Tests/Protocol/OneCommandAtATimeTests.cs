using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>A server that does not offer PIPELINING may discard what follows a command in the same packet (RFC 2920, section 3.1).</summary>
public sealed class OneCommandAtATimeTests : SocketTest
{
    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Each_command_waits_for_the_reply_to_the_one_before_it(bool async)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener);
        await using (var transporter = new SmtpTransporter(new ServerOptions
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            AcceptUnsecureConnection = true,
        }))
        {
            Assert.Equal(Outcome.Refused, (await SendAsync(transporter, async, NewMail("refused@example.org"))).Outcome);
            AssertAccepted(await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.org")));
            Assert.Equal(Outcome.Refused, (await SendAsync(transporter, async, NewMail("refused@example.org"))).Outcome);
            AssertAccepted(await SendAsync(transporter, async));
        }

        var received = await serving;

        Assert.All(received, text => Assert.Equal(text.Length - 2, text.IndexOf("\r\n", StringComparison.Ordinal)));
        Assert.Equal(2, received.Count(text => text == "RSET\r\n"));
    }

    /// <summary>Serves one connection to its end.</summary>
    /// <returns>What each read gave, but for the messages.</returns>
    private static async Task<List<string>> ServeAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        await ReplyAsync("220 localhost");
        var received = new List<string>();
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is var length and > 0)
        {
            received.Add(Encoding.ASCII.GetString(buffer, 0, length));
            await ReplyAsync(received[^1][..4] switch
            {
                "DATA" => "354 Go on",
                "RCPT" when received[^1].Contains("refused", StringComparison.Ordinal) => "550 5.1.1 Unknown",
                "QUIT" => "221 Bye",
                _ => "250 Ok",
            });
            if (received[^1] == "DATA\r\n")
                await ReadMessageAsync();
        }
        return received;

        async Task ReadMessageAsync()
        {
            var message = "";
            while (!message.EndsWith("\r\n.\r\n", StringComparison.Ordinal))
                message += Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
            await ReplyAsync("250 Ok");
        }

        Task ReplyAsync(string reply) => stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n")).AsTask();
    }
}
