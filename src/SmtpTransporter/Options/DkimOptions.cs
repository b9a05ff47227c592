using System.Text;
using System.Text.Json.Serialization;

namespace SmtpTransport;

/// <summary>A domain's DKIM key (RFC 6376), which signs every message last: relaxed/relaxed, SHA-256.</summary>
/// <remarks>
/// Immutable. The key is read once, when the transporter is created. Two instances are equal if all their members are equal, the list by
/// its items. <see cref="ToString"/> prints no secret.
/// </remarks>
public sealed record DkimOptions
{
    /// <summary>The signing domain (<c>d=</c>). Receivers compare it with the domain of From. Required; default empty.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The selector (<c>s=</c>): the public key is in DNS at <c>selector._domainkey.domain</c>. Required; default empty.</summary>
    public string Selector { get; init; } = "";

    /// <summary>The private key in PEM. Required; default empty. It is never printed.</summary>
    /// <remarks>RSA with at least 1,024 bits (PKCS #1 or #8), or Ed25519 (PKCS #8, RFC 8463).</remarks>
    [JsonIgnore]
    public string PrivateKey { get; init; } = "";

    /// <summary>
    /// The header fields to sign, if the message has them; <c>From</c> is always signed. Default: the fields that readers see, and those
    /// that define how the body is read.
    /// </summary>
    public IReadOnlyList<string> Headers { get; init; } =
    [
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
        "Content-Type", "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post",
    ];

    /// <summary>Whether all members are equal.</summary>
    /// <param name="other">The other options.</param>
    /// <returns>True if domain, selector, key and the items of the list are equal.</returns>
    public bool Equals(DkimOptions? other) =>
        ReferenceEquals(this, other)
        || (other is not null && (Domain, Selector, PrivateKey) == (other.Domain, other.Selector, other.PrivateKey)
            && (Headers is null ? other.Headers is null : other.Headers is not null && Headers.SequenceEqual(other.Headers)));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Domain, Selector);

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Domain = ").Append(Domain).Append(", Selector = ").Append(Selector).Append(", PrivateKey = ***");
        return true;
    }
}
