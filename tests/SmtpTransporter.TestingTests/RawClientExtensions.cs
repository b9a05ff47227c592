using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.TestingTests;

internal static class RawClientExtensions
{
    /// <summary>Connects a raw client, and takes it as far into the dialogue as the test needs.</summary>
    /// <param name="greeting">Reads the greeting, whatever it is.</param>
    /// <param name="ehlo">Reads the greeting and sends EHLO.</param>
    /// <param name="envelope">Reads the greeting and sends EHLO, MAIL and RCPT.</param>
    public static async Task<RawClient> ConnectRawAsync(
        this SmtpTestServer server, bool greeting = false, bool ehlo = false, bool envelope = false)
    {
        var client = await RawClient.ConnectAsync(server);
        if (!greeting && !ehlo && !envelope)
            return client;
        var reply = await client.ReadReplyAsync();
        if (!ehlo && !envelope)
            return client;
        Assert.StartsWith("220 ", reply, StringComparison.Ordinal);
        Assert.StartsWith("250", await client.AskAsync("EHLO client.example.com"), StringComparison.Ordinal);
        if (envelope)
            await client.EnvelopeAsync();
        return client;
    }
}
