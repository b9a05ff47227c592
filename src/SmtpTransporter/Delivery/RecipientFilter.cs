namespace SmtpTransport;

/// <summary>
/// Decides who of the recipients gets the message: <see cref="ServerOptions.AllowedRecipients"/>,
/// <see cref="ServerOptions.IsRecipientDenied"/> and <see cref="ServerOptions.SuppressionList"/>, then
/// <see cref="ServerOptions.RedirectAllTo"/>. It changes the envelope alone. Safe for concurrent callers.
/// </summary>
internal sealed class RecipientFilter
{
    private readonly HashSet<string> _addresses;
    private readonly HashSet<string> _domains;
    private readonly Func<string, bool>? _isDenied;
    private readonly ISuppressionList? _suppressions;
    private readonly string[] _redirect;

    private RecipientFilter(ServerOptions options)
    {
        var allowed = options.AllowedRecipients.Select(a => a.Trim()).ToList();
        _domains = [.. allowed.Where(RecipientPattern.IsDomain).Select(DomainOf)];
        _addresses = [.. allowed.Where(a => !RecipientPattern.IsDomain(a)).Select(Normal)];
        _isDenied = options.IsRecipientDenied;
        _suppressions = options.SuppressionList;
        _redirect = options.RedirectAllTo is { } addresses
            ? [.. ((EmailAddresses)addresses).Select(a => AddressSpec.WithAsciiDomain(a.Email))]
            : [];
    }

    /// <summary>Null if every recipient is allowed and nothing is redirected.</summary>
    public static RecipientFilter? Of(ServerOptions options) =>
        options is { AllowedRecipients.Count: 0, IsRecipientDenied: null, SuppressionList: null, RedirectAllTo: null }
            ? null
            : new RecipientFilter(options);

    /// <param name="async">Whether to wait for the suppression list without a thread.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the look at the suppression list.</param>
    /// <returns>The message with the envelope that it is sent with, which has no recipient if none is allowed.</returns>
    /// <exception cref="SendFailureException">The caller's function or list failed.</exception>
    public async ValueTask<OutgoingMessage> ApplyAsync(bool async, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var envelope = message.Envelope;
        var kept = new List<string>(envelope.Recipients.Count);
        var dropped = new List<RecipientResult>();
        foreach (var recipient in envelope.Recipients)
        {
            if (ReasonToDrop(recipient) is { } reason)
                dropped.Add(new RecipientResult(recipient, RecipientState.NotTried, StatusText: reason));
            else if (await FindAsync(async, recipient, message.Stream, cancellationToken).ConfigureAwait(false) is { } entry)
                dropped.Add(new RecipientResult(recipient, RecipientState.Suppressed, StatusText: entry.Describe()));
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
                message.Dropped.Count > 0 && message.Dropped.All(d => d.State == RecipientState.Suppressed)
                    ? ErrorText.Say($"All of the recipients are on the suppression list: nothing was sent.")
                    : message.Dropped.Any(d => d.StatusText == SendResult.DroppedText)
                    ? ErrorText.Say($"AllowedRecipients allows none of the recipients: nothing was sent.")
                    : ErrorText.Say($"IsRecipientDenied denies all of the recipients: nothing was sent."));
    }

    /// <summary>The entry of the list that holds an email back; null if there is none.</summary>
    private async ValueTask<Suppression?> FindAsync(bool async, string recipient, string? stream, CancellationToken cancellationToken)
    {
        if (_suppressions is null)
            return null;
        try
        {
            var finding = _suppressions.FindAsync(recipient, cancellationToken);
            var found = async ? await finding.ConfigureAwait(false) : finding.GetAwaiter().GetResult();
            return found.FirstOrDefault(s => s.Holds(stream));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new SendFailureException(
                SmtpErrorCodes.CallbackFailed, "conf", $"SuppressionList failed, and nothing was sent: {exception.Message}", exception);
        }
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

    private static string Normal(string address) => AddressSpec.Normal(address);

#pragma warning disable CA1308 // Compared with itself; domains are written in lower case.
    private static string DomainOf(string address)
    {
        var ascii = AddressSpec.WithAsciiDomain($"x@{AddressSpec.DomainOf(address)}");
        return ascii[2..].ToLowerInvariant();
    }
#pragma warning restore CA1308
}
