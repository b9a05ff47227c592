namespace SmtpTransport;

/// <summary>
/// Decides who of the recipients gets the message: <see cref="ServerOptions.AllowedRecipients"/> and
/// <see cref="ServerOptions.IsRecipientDenied"/>, then <see cref="ServerOptions.RedirectAllTo"/>. It changes the envelope alone. Safe for
/// concurrent callers.
/// </summary>
internal sealed class RecipientFilter
{
    private readonly HashSet<string> _addresses;
    private readonly HashSet<string> _domains;
    private readonly Func<string, bool>? _isDenied;
    private readonly string[] _redirect;

    private RecipientFilter(ServerOptions options)
    {
        var allowed = options.AllowedRecipients.Select(a => a.Trim()).ToList();
        _domains = [.. allowed.Where(RecipientPattern.IsDomain).Select(DomainOf)];
        _addresses = [.. allowed.Where(a => !RecipientPattern.IsDomain(a)).Select(Normal)];
        _isDenied = options.IsRecipientDenied;
        _redirect = options.RedirectAllTo is { } addresses
            ? [.. ((EmailAddresses)addresses).Select(a => AddressSpec.WithAsciiDomain(a.Email))]
            : [];
    }

    /// <summary>Null if every recipient is allowed and nothing is redirected.</summary>
    public static RecipientFilter? Of(ServerOptions options) =>
        options is { AllowedRecipients.Count: 0, IsRecipientDenied: null, RedirectAllTo: null } ? null : new RecipientFilter(options);

    /// <returns>The message with the envelope that it is sent with, which has no recipient if none is allowed.</returns>
    /// <exception cref="SendFailureException">The caller's function failed.</exception>
    public OutgoingMessage Apply(OutgoingMessage message)
    {
        var envelope = message.Envelope;
        var kept = new List<string>(envelope.Recipients.Count);
        var dropped = new List<RecipientResult>();
        foreach (var recipient in envelope.Recipients)
        {
            if (ReasonToDrop(recipient) is { } reason)
                dropped.Add(new RecipientResult(recipient, RecipientState.NotTried, StatusText: reason));
            else
                kept.Add(recipient);
        }
        IReadOnlyList<string> recipients = kept.Count > 0 && _redirect.Length > 0 ? _redirect : kept;
        return message.WithEnvelope(new Envelope(envelope.Sender, recipients), dropped, isRedirected: _redirect.Length > 0);
    }

    /// <exception cref="SendFailureException">No recipient is allowed.</exception>
    public static void ThrowIfNobodyIsLeft(OutgoingMessage message)
    {
        if (message.Envelope.Recipients.Count == 0)
            throw new SendFailureException(
                SmtpErrorCodes.NoAllowedRecipient, "conf",
                message.Dropped.Any(d => d.StatusText == SendResult.DroppedText)
                    ? ErrorText.Say($"AllowedRecipients allows none of the recipients: nothing was sent.")
                    : ErrorText.Say($"IsRecipientDenied denies all of the recipients: nothing was sent."));
    }

    private string? ReasonToDrop(string recipient)
    {
        if (_addresses.Count + _domains.Count > 0 && !IsAllowed(recipient))
            return SendResult.DroppedText;
        try
        {
            return _isDenied?.Invoke(recipient) == true ? SendResult.DeniedText : null;
        }
#pragma warning disable CA1031 // Whatever the caller's function throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            throw new SendFailureException(
                SmtpErrorCodes.CallbackFailed, "conf", $"IsRecipientDenied failed, and nothing was sent: {exception.Message}", exception);
        }
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
