using System.Security.Cryptography;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace SmtpTransport;

/// <summary>Signs messages with the key of a domain (DKIM, RFC 6376). Safe for concurrent callers.</summary>
internal sealed class DkimSigning
{
    private readonly DkimSigner _signer;
    private readonly string[] _headers;

    private DkimSigning(DkimSigner signer, IEnumerable<string> headers)
    {
        _signer = signer;
        _headers = headers.Append("From").Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
    }

    /// <summary>Creates a signer for each key of the options.</summary>
    /// <exception cref="ArgumentException">An option is wrong; the message names it and shows no key.</exception>
    public static DkimSigning[] Create(ServerOptions options) =>
    [
        .. options.Dkim is null ? (DkimSigning[])[] : [Create(options.Dkim, new(nameof(options.Dkim), nameof(options.Dkim)))],
        .. options.DkimKeys.Select((key, i) => Create(key, new(nameof(options.DkimKeys), $"{nameof(options.DkimKeys)}[{i}]"))),
    ];

    private static DkimSigning Create(DkimOptions options, Place place)
    {
        if (!IsDomain(options.Domain))
            throw place.Wrong(nameof(options.Domain), $"\"{options.Domain}\"", "a domain in ASCII");
        if (!IsDomain(options.Selector))
            throw place.Wrong(nameof(options.Selector), $"\"{options.Selector}\"", "one or more labels of a domain in ASCII");
        if (options.Headers is null || options.Headers.Any(h => string.IsNullOrEmpty(h) || h.Any(c => c is <= ' ' or ':' or >= (char)127)))
            throw place.Wrong(nameof(options.Headers), "a list with a name that is not valid", "names of header fields");
        return new DkimSigning(Signer(options, place), options.Headers);
    }

    /// <summary>Signs the message, which must not be changed afterwards.</summary>
    /// <exception cref="EmailContentException">The key cannot sign.</exception>
    public void Sign(MimeMessage message, FormatOptions format)
    {
        try
        {
            _signer.Sign(format, message, [.. _headers.Where(message.Headers.Contains)]);
        }
        catch (Exception exception) when (exception is CryptographicException or CryptoException or InvalidOperationException)
        {
            throw new EmailContentException(
                SmtpErrorCodes.DkimFailed, $"The message could not be signed (DKIM): {exception.Message}", exception, "dkim");
        }
    }

    private static DkimSigner Signer(DkimOptions options, Place place)
    {
        const string allowed = "a key in PEM: RSA of at least 1,024 bits, or Ed25519";
        if (RsaKey(options.PrivateKey) is { } rsa)
        {
            return rsa.KeySize >= 1024
                ? Relaxed(new RsaDkimSigner(rsa, options.Domain, options.Selector))
                : throw place.Wrong(nameof(options.PrivateKey), $"RSA of {rsa.KeySize} bits", allowed);
        }
        return Ed25519Key(options.PrivateKey) is { } key
            ? Relaxed(new DkimSigner(key, options.Domain, options.Selector, DkimSignatureAlgorithm.Ed25519Sha256))
            : throw place.Wrong(nameof(options.PrivateKey), "not a valid key", allowed);
    }

    private static RSA? RsaKey(string? pem)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            _ = rsa.ExportParameters(includePrivateParameters: true);
            return rsa;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private static DkimSigner Relaxed(DkimSigner signer)
    {
        signer.HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        signer.BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed;
        return signer;
    }

    private static Ed25519PrivateKeyParameters? Ed25519Key(string? pem)
    {
        try
        {
            var fields = PemEncoding.Find(pem);
            return PrivateKeyFactory.CreateKey(Convert.FromBase64String(pem![fields.Base64Data])) as Ed25519PrivateKeyParameters;
        }
        catch (Exception exception) when (
            exception is ArgumentException or FormatException or IOException or GeneralSecurityException or InvalidCastException)
        {
            return null;
        }
    }

    private static bool IsDomain(string? text) => text is { Length: > 0 and <= 253 } && text.Split('.').All(IsLabel);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>Where the key stands in the options.</summary>
    private sealed record Place(string Option, string Path)
    {
#pragma warning disable CA2208 // The caller knows the option by its own name.
        public ArgumentException Wrong(string member, string given, string allowed) =>
            new($"{Path}.{member} is {given}; allowed: {allowed}.", Option);
#pragma warning restore CA2208
    }

    /// <summary>Signs with the RSA of the framework, which is ten times as fast as that of BouncyCastle.</summary>
    private sealed class RsaDkimSigner : DkimSigner
    {
        private readonly RSA _rsa;

        public RsaDkimSigner(RSA rsa, string domain, string selector)
            : base(Stand(rsa), domain, selector, DkimSignatureAlgorithm.RsaSha256) =>
            _rsa = rsa;

        protected override ISigner CreateSigningContext() => new RsaSigner(_rsa);

        // MimeKit checks the type of the key, but does not sign with it.
        private static AsymmetricKeyParameter Stand(RSA rsa) => DotNetUtilities.GetRsaKeyPair(rsa).Private;
    }

    private sealed class RsaSigner(RSA rsa) : ISigner
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public string AlgorithmName => "SHA256withRSA";

        public void Init(bool forSigning, ICipherParameters parameters)
        {
        }

        public void Update(byte input) => _hash.AppendData([input]);

        public void BlockUpdate(byte[] input, int inOff, int inLen) => _hash.AppendData(input, inOff, inLen);

        public void BlockUpdate(ReadOnlySpan<byte> input) => _hash.AppendData(input);

        public int GetMaxSignatureSize() => rsa.KeySize / 8;

        public byte[] GenerateSignature()
        {
            // An RSA object is not guaranteed to be safe for concurrent use.
            lock (rsa)
                return rsa.SignHash(_hash.GetHashAndReset(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        public bool VerifySignature(byte[] signature) => throw new NotSupportedException();

        public void Reset() => _ = _hash.GetHashAndReset();
    }
}
