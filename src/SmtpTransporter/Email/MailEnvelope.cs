namespace SmtpTransport;

/// <summary>
/// The envelope of a message: to whom the server delivers it, and who receives bounces (RFC 5321, section 2.3.1). It is separate from
/// the message, whose fields it does not change.
/// </summary>
/// <remarks>
/// Immutable and safe to share between threads. The addresses are checked when the email is sent. The operator <c>==</c> compares
/// <see cref="Recipients"/> by reference: compare the members instead.
/// </remarks>
public sealed record MailEnvelope
{
    /// <summary>
    /// The address in <c>MAIL FROM</c>, which receives bounces (the reverse-path); <c>""</c> is the null path. Null, the default, uses
    /// <see cref="Email.ReturnPath"/>, <see cref="Email.Sender"/> or <see cref="Email.From"/>.
    /// </summary>
    public string? Sender { get; init; }

    /// <summary>The addresses in <c>RCPT TO</c> (the forward-paths). At least one is required. Each text is one address.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyList<string> Recipients
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    } = [];

    /// <summary>The number of recipients: no address.</summary>
    /// <returns>Such as <c>2 recipients</c>.</returns>
    public override string ToString() => $"{Recipients.Count} recipients";
}
