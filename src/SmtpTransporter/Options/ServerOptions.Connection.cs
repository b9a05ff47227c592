using System.Net;
using System.Text.Json.Serialization;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// The server's name or IP address (IPv4, or IPv6 without brackets), or <c>unix:</c> and the full path of a Unix socket. Required,
    /// except with <see cref="PickupFolder"/>.
    /// </summary>
    /// <remarks>
    /// Over a Unix socket, TLS is used as over TCP: the name in the certificate must be <c>localhost</c>, and a server without TLS needs
    /// <see cref="AcceptUnsecureConnection"/>. A URL has the socket's path behind a colon: <c>smtp://unix:/run/smtp.sock</c>.
    /// </remarks>
    public string Host { get; init; } = "";

    /// <summary>The port, 1 to 65535. Default 587.</summary>
    /// <remarks>
    /// Port 465 means TLS from the first byte (RFC 8314); other ports upgrade with STARTTLS (RFC 3207). <see cref="ImplicitTls"/>
    /// overrides that.
    /// </remarks>
    public int Port { get; init; } = 587;

    /// <summary>How messages are handed to the server. Default <see cref="MailProtocol.Smtp"/>.</summary>
    /// <remarks>
    /// With <see cref="MailProtocol.Lmtp"/>, <see cref="SendResult.Recipients"/> says for each recipient whether the message is in the
    /// mailbox. LMTP has no port of its own, so <see cref="Port"/> must be set (24 is usual); those of SMTP (25, 465 and 587) are not
    /// valid.
    /// </remarks>
    public MailProtocol Protocol { get; init; }

    /// <summary>
    /// The name in EHLO (RFC 5321, section 4.1.1.1): an ASCII domain, or an IP address, also as a literal such as <c>[192.0.2.1]</c> or
    /// <c>[IPv6:2001:db8::1]</c>. Default null: the machine's name.
    /// </summary>
    public string? LocalDomain { get; init; }

    /// <summary>Whether connections stay open between sends. Default true.</summary>
    /// <remarks>True: connections stay open until the transporter is disposed. False: each send ends with QUIT.</remarks>
    public bool KeepAlive { get; init; } = true;

    /// <summary>Whether commands are sent together if the server offers PIPELINING (RFC 2920). Default true.</summary>
    /// <remarks>Set it to false for a server whose replies get out of step.</remarks>
    public bool Pipelining { get; init; } = true;

    /// <summary>Whether messages are sent in chunks (RFC 3030). Default <see cref="ChunkingMode.Auto"/>.</summary>
    /// <remarks>
    /// <see cref="ChunkingMode.Auto"/> saves one or two of the three round trips of a message if the server offers CHUNKING.
    /// </remarks>
    public ChunkingMode Chunking { get; init; }

    /// <summary>
    /// How many emails may be on their way over one connection while others wait for it. Default 0: each email waits for the reply to the
    /// one before it. 0 to 16.
    /// </summary>
    /// <remarks>
    /// <para>
    /// From 1 on, the commands of an email follow the end of the one before it at once (RFC 2920, section 3.1), if the server offers
    /// PIPELINING and all <see cref="MaxConnections"/> connections are in use. Without CHUNKING that is the envelope: an email takes one
    /// round trip instead of two, and the message itself goes only after the server has asked for it. With CHUNKING and 2 or more, so many
    /// emails of up to 64 KB are on their way as a whole. An email that waits for no connection is sent as without this option.
    /// </para>
    /// <para>
    /// Of emails that were sent as a whole and not answered as a connection ends, each is <see cref="Outcome.Unknown"/>: up to so many
    /// instead of one. An email of which only the envelope was sent goes out over another connection. Not every server keeps step. With
    /// one that does not, the transporter stops to overlap, and a result has the warning <see cref="SmtpErrorCodes.OverlapGivenUp"/>.
    /// </para>
    /// <para>
    /// These wait for their turn: emails of more than 64 KB, emails that demand TLS by <see cref="Email.TlsRequirement"/>, stored
    /// messages with <see cref="StoredMessage.BeforeEnvelope"/>, as all of the outbox are, emails with parameters that the server does not
    /// offer, emails to more than 100 recipients, and with CHUNKING those to more than five and stored messages with
    /// <see cref="StoredMessage.BeforeTransmission"/>. Nothing goes behind an email of more than 64 KB. Without
    /// <see cref="KeepAlive"/> or <see cref="Pipelining"/>, over LMTP and with clients of the caller, the option has no effect.
    /// </para>
    /// </remarks>
    public int Overlap { get; init; }

    /// <summary>
    /// Whether a send tries again to connect to a server that cannot be reached for now. Default <see cref="ReconnectMode.Auto"/>: in
    /// <c>SendManyAsync</c> only.
    /// </summary>
    /// <remarks>
    /// It pauses between the attempts, from 0.1 s to 5 s, and uses what is left of <see cref="SendTimeout"/>. It does so only after a
    /// failure that may pass (the connection was refused or lost, or a 4yz reply) and for recipients who do not have the message, and with
    /// several servers only at the last. A server that could not be reached for as long as <see cref="SendTimeout"/> gets one attempt for
    /// each email until it is back.
    /// </remarks>
    public ReconnectMode Reconnect { get; init; }

    /// <summary>The address of this machine that connections come from. Default null: the system chooses it.</summary>
    /// <remarks>
    /// Of a server with addresses of both families, those of the family of this address are used. If the machine does not have it, the
    /// error is <see cref="SmtpErrorCodes.LocalAddressUnusable"/>, which is never transient, even if the address is a floating one that may
    /// come to this machine later.
    /// </remarks>
    public IPAddress? LocalAddress { get; init; }

    /// <summary>The proxy to connect through, as a URL. Default null: none.</summary>
    /// <remarks>
    /// <c>http://host:port</c> (CONNECT, RFC 9110), <c>socks5://host:1080</c> (RFC 1928), <c>socks4a://</c> or <c>socks4://</c>, with
    /// <c>user:password@</c> before the host if the proxy needs it, percent-encoded: the password is a secret, and never printed. Or
    /// <c>system</c>: the proxy that <see cref="HttpClient.DefaultProxy"/> has for the server, from HTTPS_PROXY, ALL_PROXY and NO_PROXY or
    /// the settings of the system. The proxy resolves the name in <see cref="Host"/>, except with <c>socks4</c>. A proxy of HTTP gets the
    /// password with Basic, in clear text, as does one of SOCKS. TLS is between this machine and the server. Each failure of a proxy has an
    /// error of its own, from <see cref="SmtpErrorCodes.ProxyUnreachable"/> on.
    /// </remarks>
    public string? Proxy { get; init; }

    /// <summary>
    /// Connects to the server in the place of the transporter, such as through a tunnel. Default null: the transporter connects.
    /// </summary>
    /// <remarks>
    /// It returns a stream that is connected, which the transporter owns from then on: for a socket, a <see
    /// cref="System.Net.Sockets.NetworkStream"/>. TLS, authentication and all that follows are as without it, and the certificate must be
    /// for <see cref="Host"/>. Its time is a part of <see cref="ConnectionTimeout"/>, and its token is canceled at the end of that; what
    /// it returns later is disposed. It is called for each new connection, by several threads at once, and a synchronous send waits for
    /// it. A <see cref="System.Net.Sockets.SocketException"/>, <see cref="IOException"/> or <see cref="TimeoutException"/> of it is <see
    /// cref="SmtpErrorCodes.ConnectFailed"/>, which may pass; any other is <see cref="SmtpErrorCodes.CallbackFailed"/>.
    /// </remarks>
    [JsonIgnore]
    public Func<ConnectContext, CancellationToken, ValueTask<Stream>>? ConnectCallback { get; init; }

    /// <summary>The name for which the server's certificate must be: a Unix socket is one of this machine.</summary>
    internal string ServerName => UnixSocketAddress.PathOf(Host) is null ? Host : "localhost";

    private bool IsReachedByPort => ConnectCallback is null && UnixSocketAddress.PathOf(Host) is null;

    internal static IEnumerable<OptionDescriptor> ConnectionOptions =>
    [
        new ValueOption<string?>(nameof(Host), o => o.Host, (o, v) => o with { Host = v ?? "" })
        {
            Parse = OptionParsers.Text,
            // Someone may have set a URL with a password.
            MayHoldSecret = v => v!.Contains('@', StringComparison.Ordinal),
            Check = o => HostName.IsValid(o.Host) || UnixSocketAddress.IsValid(o.Host)
                || (o.PickupFolder is not null && string.IsNullOrEmpty(o.Host))
                ? null
                : "a host name or an IP address, without scheme, user, port and brackets; or unix: and the full path of a socket",
        },
        new ValueOption<int>(nameof(Port), o => o.Port, (o, v) => o with { Port = v })
        {
            Parse = OptionParsers.WholeNumber,
            Check = o => o.Port is not (>= 1 and <= 65535) ? "a port from 1 to 65535"
                : o is { Protocol: MailProtocol.Lmtp, Port: 25 or 465 or 587, IsReachedByPort: true }
                    ? "the port of the server's LMTP, usually 24; 25, 465 and 587 are those of SMTP"
                : null,
        },
        new ValueOption<MailProtocol>(nameof(Protocol), o => o.Protocol, (o, v) => o with { Protocol = v })
        {
            Parse = OptionParsers.Choice,
            Check = o => Enum.IsDefined(o.Protocol) ? null : "Smtp or Lmtp",
        },
        new ValueOption<string?>(nameof(LocalDomain), o => o.LocalDomain, (o, v) => o with { LocalDomain = v })
        {
            UrlKey = "localDomain",
            Parse = OptionParsers.Text,
            Check = o => o.LocalDomain is null || IPAddress.TryParse(o.LocalDomain, out _) || AddressSpec.IsLiteral(o.LocalDomain)
                || (o.LocalDomain.Length is > 0 and <= 255 && o.LocalDomain.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-'))
                ? null
                : "a domain in ASCII, an IP address, an address literal such as [192.0.2.1], or null",
        },
        new ValueOption<bool>(nameof(KeepAlive), o => o.KeepAlive, (o, v) => o with { KeepAlive = v })
        {
            UrlKey = "keepAlive",
            Parse = OptionParsers.Flag,
        },
        new ValueOption<bool>(nameof(Pipelining), o => o.Pipelining, (o, v) => o with { Pipelining = v })
        {
            UrlKey = "pipelining",
            Parse = OptionParsers.Flag,
        },
        new ValueOption<ChunkingMode>(nameof(Chunking), o => o.Chunking, (o, v) => o with { Chunking = v })
        {
            UrlKey = "chunking",
            Parse = OptionParsers.Choice,
            Check = o => Enum.IsDefined(o.Chunking) ? null : "Auto or Never",
        },
        new ValueOption<int>(nameof(Overlap), o => o.Overlap, (o, v) => o with { Overlap = v })
        {
            UrlKey = "overlap",
            Parse = OptionParsers.WholeNumber,
            Check = o => o.Overlap is >= 0 and <= 16 ? null : "0 to 16 emails",
        },
        new ValueOption<ReconnectMode>(nameof(Reconnect), o => o.Reconnect, (o, v) => o with { Reconnect = v })
        {
            UrlKey = "reconnect",
            Parse = OptionParsers.Choice,
            Check = o => Enum.IsDefined(o.Reconnect) ? null : "Auto, Always or Never",
        },
        new ValueOption<IPAddress?>(nameof(LocalAddress), o => o.LocalAddress, (o, v) => o with { LocalAddress = v })
        {
            UrlKey = "localAddress",
            Parse = OptionParsers.Address,
            Check = o => o.LocalAddress is null ? null
                : UnixSocketAddress.PathOf(o.Host) is not null ? "null if Host is a Unix socket"
                : o.LocalAddress.Equals(IPAddress.Any) || o.LocalAddress.Equals(IPAddress.IPv6Any)
                    ? "an address of this machine, or null for the system's choice"
                : null,
        },
        new ValueOption<string?>(nameof(Proxy), o => o.Proxy, (o, v) => o with { Proxy = v })
        {
            UrlKey = "proxy",
            Parse = OptionParsers.OptionalText,
            MayHoldSecret = v => v != ProxyAddress.System && ProxyAddress.Parse(v) is null,
            Print = v => ProxyAddress.Parse(v) switch
            {
                null => v!,
                { User: null } proxy => proxy.ToString(),
                var proxy => proxy.ToString().Replace("://", $"://{OptionText.Hidden}@", StringComparison.Ordinal),
            },
            Check = o => o.Proxy is null ? null
                : UnixSocketAddress.PathOf(o.Host) is not null ? "null if Host is a Unix socket"
                : o.Proxy != ProxyAddress.System && ProxyAddress.Parse(o.Proxy) is null ? ProxyAddress.Allowed
                : null,
        },
        new ValueOption<Func<ConnectContext, CancellationToken, ValueTask<Stream>>?>(
            nameof(ConnectCallback), o => o.ConnectCallback, (o, v) => o with { ConnectCallback = v })
        {
            Print = _ => "set",
            Check = o => o.ConnectCallback is null ? null
                : UnixSocketAddress.PathOf(o.Host) is not null ? "null if Host is a Unix socket"
                : o.LocalAddress is not null ? "null if LocalAddress is set"
                : o.Proxy is not null ? "null if Proxy is set"
                : null,
        },
    ];
}
