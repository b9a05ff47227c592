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
    ];

    private static OptionSetting DkimSetting(string name, Func<DkimOptions, string, DkimOptions> set) =>
        new($"{nameof(Dkim)}:{name}", (o, text) => (o with { Dkim = set(o.Dkim ?? new(), text) }, null));
}
