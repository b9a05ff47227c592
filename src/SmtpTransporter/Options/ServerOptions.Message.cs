using System.Text.Json.Serialization;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>How subjects, display names and attachment names outside ASCII are encoded. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode HeaderCharset { get; init; } = MailMode.Utf8;

    /// <summary>How bodies outside ASCII are encoded. Default <see cref="MailMode.Utf8"/>.</summary>
    public MailMode BodyCharset { get; init; } = MailMode.Utf8;

    /// <summary>How attachment names outside ASCII are written. Default <see cref="AttachmentNameEncoding.Rfc2231"/>.</summary>
    /// <remarks>All current email programs read the default.</remarks>
    public AttachmentNameEncoding AttachmentNameEncoding { get; init; }

    /// <summary>
    /// The certificate that signs messages (S/MIME): a PKCS #12 file or its bytes, or a loaded certificate. Default null: no signature.
    /// </summary>
    /// <remarks>
    /// It must have its private key, be valid now, and be allowed to sign email. If it does not name the sender, each result has a
    /// warning.
    /// </remarks>
    public CertificateSource? Certificate { get; init; }

    /// <summary>The name of a certificate in the system's store, instead of <see cref="Certificate"/>. Default null.</summary>
    /// <remarks>
    /// The name is the friendly name, the name of the subject, or an address in the certificate. The personal store of the user is
    /// searched first, then that of the machine.
    /// </remarks>
    public string? CertificateName { get; init; }

    /// <summary>The password of <see cref="Certificate"/>. Default null, which is the same as <c>""</c>. It is never printed.</summary>
    [JsonIgnore]
    public string? CertificatePassword { get; init; }

    /// <summary>The domain's key that signs every message (DKIM), after S/MIME. Default null: no signature.</summary>
    public DkimOptions? Dkim { get; init; }

    /// <summary>Further keys that sign every message (DKIM), each with a signature of its own. Default none.</summary>
    /// <remarks>
    /// With an Ed25519 key beside an RSA key, each under a selector of its own, receivers that know RFC 8463 have the stronger
    /// signature, and the others the one that they know.
    /// </remarks>
    public IReadOnlyList<DkimOptions> DkimKeys { get; init; } = [];

    /// <summary>The fields that an email gets if it does not have them itself. Default null: none.</summary>
    /// <remarks>
    /// They are set before the email is checked and signed, also in <see cref="SendResult.RetryEmail"/>; the caller's email is not
    /// changed. A <see cref="MimeKit.MimeMessage"/> and a <see cref="StoredMessage"/> are sent as they are.
    /// </remarks>
    public EmailFields? Defaults { get; init; }

    /// <summary>The fields that every email gets, whatever it has itself. Default null: none.</summary>
    /// <remarks>
    /// They apply after <see cref="Defaults"/>. From, ReplyTo and header fields of the same name are replaced; the recipients in Bcc are
    /// added. An email with an <see cref="Email.Envelope"/>, such as a retry, goes only to the recipients of that.
    /// A <see cref="MimeKit.MimeMessage"/> and a <see cref="StoredMessage"/>, also those of the outbox, are sent as they are.
    /// </remarks>
    public EmailFields? Enforced { get; init; }

    internal static IEnumerable<OptionDescriptor> MessageOptions =>
    [
        new ValueOption<MailMode>(nameof(HeaderCharset), o => o.HeaderCharset, (o, v) => o with { HeaderCharset = v })
        {
            UrlKey = "headerCharset",
            Parse = OptionParsers.Mode,
            Check = o => o.HeaderCharset is not null ? null : "a MailMode",
        },
        new ValueOption<MailMode>(nameof(BodyCharset), o => o.BodyCharset, (o, v) => o with { BodyCharset = v })
        {
            UrlKey = "bodyCharset",
            Parse = OptionParsers.Mode,
            Check = o => o.BodyCharset is not null ? null : "a MailMode",
        },
        new ValueOption<AttachmentNameEncoding>(
            nameof(AttachmentNameEncoding), o => o.AttachmentNameEncoding, (o, v) => o with { AttachmentNameEncoding = v })
        {
            UrlKey = "attachmentNameEncoding",
            Parse = OptionParsers.Choice,
            Check = o => Enum.IsDefined(o.AttachmentNameEncoding) ? null : "Rfc2231 or Rfc2047",
        },
        new ValueOption<CertificateSource?>(nameof(Certificate), o => o.Certificate, (o, v) => o with { Certificate = v })
        {
            Parse = OptionParsers.Pkcs12Path,
        },
        new ValueOption<string?>(nameof(CertificateName), o => o.CertificateName, (o, v) => o with { CertificateName = v })
        {
            Parse = OptionParsers.Text,
        },
        new ValueOption<string?>(nameof(CertificatePassword), o => o.CertificatePassword, (o, v) => o with { CertificatePassword = v })
        {
            Parse = OptionParsers.Text,
            IsSecret = true,
        },
        new ValueOption<DkimOptions?>(nameof(Dkim), o => o.Dkim, (o, v) => o with { Dkim = v })
        {
            Parts =
            [
                DkimSetting(nameof(DkimOptions.Domain), (d, text) => d with { Domain = text }),
                DkimSetting(nameof(DkimOptions.Selector), (d, text) => d with { Selector = text }),
                DkimSetting(nameof(DkimOptions.PrivateKey), (d, text) => d with { PrivateKey = text }),
            ],
        },
        new ListOption<DkimOptions>(nameof(DkimKeys), o => o.DkimKeys, (o, v) => o with { DkimKeys = v })
        {
            CheckItem = v => v is null ? "DkimOptions" : null,
            Parts =
            [
                DkimKeySetting(nameof(DkimOptions.Domain), (d, text) => d with { Domain = text }),
                DkimKeySetting(nameof(DkimOptions.Selector), (d, text) => d with { Selector = text }),
                DkimKeySetting(nameof(DkimOptions.PrivateKey), (d, text) => d with { PrivateKey = text }),
            ],
        },
        Fields(nameof(Defaults), o => o.Defaults, (o, v) => o with { Defaults = v }),
        Fields(nameof(Enforced), o => o.Enforced, (o, v) => o with { Enforced = v }),
    ];

    private static ValueOption<EmailFields?> Fields(
        string name, Func<ServerOptions, EmailFields?> get, Func<ServerOptions, EmailFields?, ServerOptions> set)
    {
        return new ValueOption<EmailFields?>(name, get, set)
        {
            Check = o => get(o)?.FindProblem(),
            Parts =
            [
                Setting(nameof(EmailFields.From), (f, text) => f with { From = text }),
                Setting(nameof(EmailFields.ReplyTo), (f, text) => f with { ReplyTo = text }),
                Setting(nameof(EmailFields.Bcc), (f, text) => f with { Bcc = text }),
                OptionSetting.WithName($"{name}:{nameof(EmailFields.Headers)}:{{name}}", AddHeader),
            ],
        };

        OptionSetting Setting(string member, Func<EmailFields, string?, EmailFields> change) => new(
            $"{name}:{member}",
            (o, text) => (set(o, change(get(o) ?? new(), text.Length == 0 ? null : text)), null));

        // "…:Headers:X-Team" is the field X-Team, and "…:Headers:0" holds a field with its name.
        (ServerOptions, string?) AddHeader(ServerOptions options, string field, string text)
        {
            var header = field.All(char.IsAsciiDigit) ? EmailFields.ReadHeader(text) : new EmailHeader(field, text);
            var fields = get(options) ?? new();
            return header is null
                ? (options, "a field such as \"X-Team: billing\"")
                : (set(options, fields with { Headers = [.. fields.Headers, header] }), null);
        }
    }

    private static OptionSetting DkimKeySetting(string name, Func<DkimOptions, string, DkimOptions> set) =>
        OptionSetting.WithName($"{nameof(Dkim)}:{{index}}:{name}", (o, index, text) =>
        {
            if (index is not [>= '0' and <= '9'])
                return (o, "the key's index, from 0 to 9, after \"Dkim:\"");
            var keys = o.DkimKeys.ToList();
            while (keys.Count <= index[0] - '0')
                keys.Add(new());
            keys[index[0] - '0'] = set(keys[index[0] - '0'], text);
            return (o with { DkimKeys = keys }, null);
        });

    private static OptionSetting DkimSetting(string name, Func<DkimOptions, string, DkimOptions> set) =>
        new($"{nameof(Dkim)}:{name}", (o, text) => (o with { Dkim = set(o.Dkim ?? new(), text) }, null));
}
