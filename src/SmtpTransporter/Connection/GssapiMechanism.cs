using System.Buffers;
using System.Net;
using System.Net.Security;
using MailKit.Security;

namespace SmtpTransport;

/// <summary>
/// GSSAPI (RFC 4752): Kerberos by .NET, with the ticket of the process or with user and password. MailKit's own asks for the service
/// SMTPSVC, gives the cause of a failure as a sentence only, and takes the server's word. For one authentication.
/// </summary>
internal sealed class GssapiMechanism : SaslMechanism
{
    // No security layer: TLS protects the connection.
    private static readonly byte[] NoLayer = [1, 0, 0, 0];

    private readonly ServerOptions _options;
    private readonly Deadline _deadline;
    private readonly string _service;
    private NegotiateAuthentication? _context;
    private bool _isEstablished;

    public GssapiMechanism(ServerOptions options, Deadline deadline)
        : base(new NetworkCredential())
    {
        (_options, _deadline) = (options, deadline);
        // RFC 4954, section 4, and RFC 2033, section 6.
        _service = $"{(options.Protocol == MailProtocol.Lmtp ? "lmtp" : "smtp")}/{options.ServerName}";
    }

    public override string MechanismName => SaslMechanismNames.Gssapi;

    public override bool SupportsInitialResponse => true;

    /// <summary>True once the server has shown that it has the key of the service.</summary>
    public bool HasServerProof { get; private set; }

    protected override byte[] Challenge(byte[]? token, int startIndex, int length, CancellationToken cancellationToken = default) =>
        StepWithinLimitAsync(token is null ? [] : token.AsSpan(startIndex, length).ToArray()).GetAwaiter().GetResult();

    protected override Task<byte[]?> ChallengeAsync(
        byte[]? token, int startIndex, int length, CancellationToken cancellationToken = default) =>
        StepWithinLimitAsync(token is null ? [] : token.AsSpan(startIndex, length).ToArray())!;

    // The system asks the KDC, and takes its time if that is silent.
    private Task<byte[]> StepWithinLimitAsync(byte[] challenge) =>
        Task.Run(() => _isEstablished ? ChooseLayer(challenge) : Establish(challenge), _deadline.Token).WaitAsync(_deadline.Token);

    private byte[] Establish(byte[] challenge)
    {
        // Here and not before: with a password, this asks the KDC.
        _context ??= NewContext();
        var response = _context.GetOutgoingBlob(challenge, out var status);
        _isEstablished = status == NegotiateAuthenticationStatusCode.Completed;
        return _isEstablished || status == NegotiateAuthenticationStatusCode.ContinueNeeded ? response ?? [] : throw Failed(status);
    }

    private NegotiateAuthentication NewContext()
    {
        var client = new NegotiateAuthenticationClientOptions
        {
            Package = "Kerberos",
            TargetName = _service,
            RequireMutualAuthentication = true,
            RequiredProtectionLevel = ProtectionLevel.Sign,
        };
        if (_options.Password is not null)
            client.Credential = new NetworkCredential(_options.User, _options.Password);
        return new NegotiateAuthentication(client);
    }

    /// <summary>RFC 4752, section 3.1: the server names the layers that it has, under the key that both have now.</summary>
    private byte[] ChooseLayer(byte[] challenge)
    {
        var status = _context!.UnwrapInPlace(challenge, out var start, out var length, out _);
        if (status != NegotiateAuthenticationStatusCode.Completed || length != 4 || (challenge[start] & NoLayer[0]) == 0)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "auth",
                $"The server's offer of security layers is not valid, or has none that leaves the protection to TLS (RFC 4752, section "
                + $"3.1).");
        }
        HasServerProof = true;
        var response = new ArrayBufferWriter<byte>();
        status = _context.Wrap(NoLayer, response, requestEncryption: false, out _);
        return status == NegotiateAuthenticationStatusCode.Completed ? response.WrittenSpan.ToArray() : throw Failed(status);
    }

    private SendFailureException Failed(NegotiateAuthenticationStatusCode status) => status switch
    {
        NegotiateAuthenticationStatusCode.UnknownCredentials or NegotiateAuthenticationStatusCode.InvalidCredentials
            or NegotiateAuthenticationStatusCode.CredentialsExpired => new(
            SmtpErrorCodes.KerberosTicketUnavailable, "auth",
            _options.Password is null
                ? ErrorText.Say(
                    $"This process has no Kerberos ticket. Run kinit for its user, name its cache in KRB5CCNAME or a keytab in "
                    + $"KRB5_CLIENT_KTNAME, or set User and Password.")
                : ErrorText.Say(
                    $"No Kerberos ticket could be had for {_options.User} with the password: the password is wrong, the user or the "
                    + $"realm is unknown, no KDC of the realm answers, or its clock and that of this machine differ by more than five "
                    + $"minutes. The command kinit with this user says which.")),
        NegotiateAuthenticationStatusCode.Unsupported => new(
            SmtpErrorCodes.MechanismNotAvailable, "auth",
            $"This system has no Kerberos: on Linux, install its GSSAPI library (libgssapi-krb5-2, or krb5-libs)."),
        _ => new(
            SmtpErrorCodes.KerberosServiceUnavailable, "auth",
            $"Kerberos gives no ticket for the service {_service:own} ({status}): the KDC does not know the service, since Host must be "
            + $"the server's name there and not another one or an address; or the user's ticket has expired; or the clocks of this "
            + $"machine, the KDC and the server differ by more than five minutes. The command kvno {_service:own} says which."),
    };
}
