namespace SmtpTransport;

/// <summary>
/// The bytes that are exchanged with a proxy before the server's: never one more is read, because the server speaks first. One caller.
/// </summary>
internal sealed class ProxyDialogue(WireStream wire, ProxyAddress proxy, bool async)
{
    public ProxyAddress Proxy => proxy;

    /// <summary>True once the proxy has sent something.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>The connection has ended: the proxy may be restarting, or not be one of this kind.</summary>
    public static SendFailureException Lost(ProxyAddress proxy, bool hasAnswered, Exception? inner) => new(
        SmtpErrorCodes.ProxyUnreachable, "proxy",
        hasAnswered ? ErrorText.Say($"The proxy {proxy} closed the connection before it had connected to the server.")
            : ErrorText.Say($"The proxy {proxy} closed the connection before it had answered. Is it a proxy of this kind?"),
        inner);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (async)
            return wire.WriteAsync(bytes);
        wire.Write(bytes.Span);
        return default;
    }

    /// <exception cref="SendFailureException">The proxy has closed the connection.</exception>
    public async ValueTask<byte[]> ReadAsync(int count)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = async ? await wire.ReadAsync(bytes.AsMemory(read)).ConfigureAwait(false) : wire.Read(bytes.AsSpan(read));
            read += more > 0 ? more : throw Lost(proxy, HasAnswered, null);
            HasAnswered = true;
        }
        return bytes;
    }

    public SendFailureException Fail(int code, ErrorText reason) => new(code, "proxy", $"The proxy {proxy} {reason}.");

    /// <summary>The answer is none of this kind of proxy; its first byte may tell of which it is.</summary>
    public SendFailureException NotThisKind(byte first) => Fail(
        SmtpErrorCodes.ProxyProtocolError,
        ErrorText.OfOurs(first switch
        {
            (byte)'H' when proxy.Kind != ProxyKind.Http => "answers with HTTP: use http:// in Proxy, or another port",
            (byte)'2' => "answers like a mail server: Proxy must be the address of a proxy, and Host that of the server",
            4 or 5 or 0 when proxy.Kind == ProxyKind.Http => "answers with SOCKS: use socks5:// in Proxy, or another port",
            _ => "does not answer as a proxy of this kind does: check scheme, host and port in Proxy",
        }));
}
