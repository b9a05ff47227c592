namespace SmtpTransport;

/// <summary>
/// Prevents test and staging environments from sending email to real recipients: <see cref="ServerOptions.AllowedRecipients"/>, then
/// <see cref="ServerOptions.RedirectAllTo"/>. It changes the envelope alone. Safe for concurrent callers.
/// </summary>
internal sealed class RecipientFilter
{
    private readonly HashSet<string> _addresses;
    private readonly HashSet<string> _domains;
    private readonly string[] _redirect;

    private RecipientFilter(ServerOptions options)
    {
        var allowed = options.AllowedRecipients.Select(a => a.Trim()).ToList();
        _domains = [.. allowed.Where(RecipientPattern.IsDomain).Select(DomainOf)];
        _addresses = [.. allowed.Where(a => !RecipientPattern.IsDomain(a)).Select(Normal)];
        _redirect = options.RedirectAllTo is { } addresses
            ? [.. ((EmailAddresses)addresses).Select(a => AddressSpec.WithAsciiDomain(a.Email))]
            : [];
    }

    /// <summary>Null if every recipient is allowed and nothing is redirected.</summary>
    public static RecipientFilter? Of(ServerOptions options) =>
        options.AllowedRecipients.Count == 0 && options.RedirectAllTo is null ? null : new RecipientFilter(options);

    /// <returns>The message with the envelope that it is sent with, which has no recipient if none is allowed.</returns>
    public OutgoingMessage Apply(OutgoingMessage message)
    {
        var envelope = message.Envelope;
        var kept = _addresses.Count + _domains.Count == 0 ? envelope.Recipients : [.. envelope.Recipients.Where(IsAllowed)];
        var dropped = envelope.Recipients.Except(kept).ToList();
        var recipients = kept.Count > 0 && _redirect.Length > 0 ? _redirect : kept;
        return message.WithEnvelope(new Envelope(envelope.Sender, recipients), dropped, isRedirected: _redirect.Length > 0);
    }

    /// <exception cref="SendFailureException">No recipient is allowed.</exception>
    public static void ThrowIfNobodyIsLeft(OutgoingMessage message)
    {
        if (message.Envelope.Recipients.Count == 0)
            throw new SendFailureException(
                SmtpErrorCodes.NoAllowedRecipient, "conf", "AllowedRecipients allows none of the recipients: nothing was sent.");
    }

    private bool IsAllowed(string recipient) => _addresses.Contains(Normal(recipient)) || _domains.Contains(DomainOf(recipient));

#pragma warning disable CA1308 // Compared with itself; domains are written in lower case.
    private static string Normal(string address) => AddressSpec.WithAsciiDomain(address).ToLowerInvariant();

    private static string DomainOf(string address)
    {
        var ascii = AddressSpec.WithAsciiDomain($"x@{AddressSpec.DomainOf(address)}");
        return ascii[2..].ToLowerInvariant();
    }
#pragma warning restore CA1308
}
