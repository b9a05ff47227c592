using System.Net.Sockets;

namespace SmtpTransport;

/// <summary>Connects to Unix sockets, which take a connection at once or not at all.</summary>
internal static class UnixConnector
{
    /// <exception cref="SendFailureException">The socket takes no connection.</exception>
    public static async ValueTask<Socket> ConnectAsync(bool async, string path, Deadline deadline, DialogueTracker tracker)
    {
        tracker.EnterStep(DialogueStep.Connect);
        deadline.ThrowIfOver();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            var endpoint = new UnixDomainSocketEndPoint(path);
            if (async)
            {
                await socket.ConnectAsync(endpoint, deadline.Token).ConfigureAwait(false);
            }
            else
            {
                // Else it would wait for room in the queue of a server that accepts nothing.
                socket.Blocking = false;
                socket.Connect(endpoint);
                socket.Blocking = true;
            }
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SendFailureException(
                SmtpErrorCodes.ConnectFailed, "tcp",
                $"The Unix socket \"{path:own}\" takes no connection: {Reason(path, exception):own}.", exception)
            {
                Explanation = "own.unix-socket",
            };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Reason(string path, SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.AccessDenied => "this process may not write to it",
        SocketError.ConnectionRefused => "no server listens there",
        SocketError.WouldBlock => "too many connections wait for the server",
        _ when !Path.Exists(path) => "there is no such file",
        _ => exception.Message,
    };
}
