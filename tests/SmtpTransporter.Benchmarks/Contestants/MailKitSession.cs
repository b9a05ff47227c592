using MailKit.Net.Smtp;
using MailKit.Security;

namespace SmtpTransport.Benchmarks;

/// <summary>MailKit alone, as its documentation shows it: the message is built for each send.</summary>
internal sealed class MailKitSession(Target target, bool async, bool reuse) : IClientSession
{
    private readonly MailContent _content = MailContent.Of(target.Size);
    private readonly SmtpClient?[] _clients = new SmtpClient?[target.Connections];

    public bool KeepsConnections => reuse;

    private SecureSocketOptions Security => target.Tls ? SecureSocketOptions.StartTls : SecureSocketOptions.None;

#pragma warning disable CA1849 // Synchronous on purpose.
    public async ValueTask SendAsync(int lane)
    {
        var message = _content.ToMimeMessage();
        var client = _clients[lane];
        if (client is null)
        {
            client = new SmtpClient();
            if (reuse)
                _clients[lane] = client;
            if (async)
                await client.ConnectAsync(target.Host, target.Port, Security);
            else
                client.Connect(target.Host, target.Port, Security);
        }
        if (async)
            await client.SendAsync(message);
        else
            client.Send(message);
        if (!reuse)
            await CloseAsync(client);
    }
#pragma warning restore CA1849

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            if (client is not null)
                await CloseAsync(client);
        }
    }

    private static async Task CloseAsync(SmtpClient client)
    {
        await client.DisconnectAsync(true);
        client.Dispose();
    }
}
