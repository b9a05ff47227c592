using System.Text;
using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>
/// A domain's DKIM key (RFC 6376), with which every mail is signed last: relaxed/relaxed, SHA-256. The key is read once, where the
/// transporter is made. Immutable.
/// </summary>
public sealed record DkimOptions
{
    /// <summary>The signing domain (<c>d=</c>). Receivers compare it with the domain of From. Required.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The selector (<c>s=</c>): the public key stands in DNS at <c>selector._domainkey.domain</c>. Required.</summary>
    public string Selector { get; init; } = "";

    /// <summary>The private key in PEM: RSA of at least 1,024 bits (PKCS #1 or #8), or Ed25519 (PKCS #8, RFC 8463). Required. Never printed.</summary>
    [JsonIgnore]
    public string PrivateKey { get; init; } = "";

    /// <summary>
    /// The header fields to sign, where the mail has them; <c>From</c> is always among them. Default: the fields that a reader sees, and those
    /// that tell how the body is to be read.
    /// </summary>
    public IReadOnlyList<string> Headers { get; init; } =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
    ];

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Domain = ").Append(Domain).Append(", Selector = ").Append(Selector).Append(", PrivateKey = ***");
        return true;
    }
}
