using SmtpTransport.Testing;

namespace SmtpTransport.OutboxTests.Chaos;

/// <summary>The server of the processes that are killed.</summary>
internal static class ChaosServer
{
    /// <summary>
    /// Starts a server that replies slowly to one message of five, so that some processes end between the message and the reply.
    /// </summary>
    public static SmtpTestServer Start()
    {
        var server = SmtpTestServer.Start(new SmtpTestServerOptions { KeepSessions = false, Tls = SmtpTestTlsMode.None });
        foreach (var lastDigit in (int[])[3, 7])
            server.Script.On(SmtpStep.EndOfData, $"{lastDigit}@example.org").Drip(TimeSpan.FromMilliseconds(1));
        return server;
    }
}
