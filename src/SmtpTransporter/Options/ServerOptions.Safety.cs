using System.Text.Json.Serialization;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// For test and staging: the addresses to which every email goes instead, separated by <c>,</c>. Default null: no redirection.
    /// </summary>
    /// <remarks>
    /// Only the envelope changes; the headers keep the original recipients. The recipients of the result are those of the changed
    /// envelope.
    /// </remarks>
    public string? RedirectAllTo { get; init; }

    /// <summary>For test and staging: the addresses and domains that may receive email. Default empty: all.</summary>
    /// <remarks>
    /// An entry is an address (<c>me@example.com</c>) or a domain (<c>example.com</c> or <c>*@example.com</c>). Other recipients are
    /// removed from the envelope: the result lists them as <see cref="RecipientState.NotTried"/>, has a warning with <see
    /// cref="SmtpErrorCodes.RecipientsDropped"/>, and has the outcome of the remaining ones. If none remains, it is <see
    /// cref="Outcome.NotSent"/> with <see cref="SmtpErrorCodes.NoAllowedRecipient"/>. This option applies before <see
    /// cref="RedirectAllTo"/>.
    /// </remarks>
    public IReadOnlyList<string> AllowedRecipients { get; init; } = [];

    /// <summary>
    /// Returns whether a recipient gets no email, such as one of a suppression list. Default null: none is denied.
    /// </summary>
    /// <remarks>
    /// It is called with each address of the envelope, from any thread. Denied recipients are removed from the envelope and reported as
    /// those that <see cref="AllowedRecipients"/> does not name. An exception is the error <see cref="SmtpErrorCodes.CallbackFailed"/>,
    /// and nothing is sent. This option applies before <see cref="RedirectAllTo"/>.
    /// </remarks>
    [JsonIgnore]
    public Func<string, bool>? IsRecipientDenied { get; init; }

    /// <summary>
    /// The addresses to which nothing is sent, or nothing of the email's stream (<see cref="Email.Stream"/>): a
    /// <see cref="MemorySuppressionList"/>, a <see cref="FileSuppressionList"/>, the one of an outbox, or your own. Default null: none.
    /// </summary>
    /// <remarks>
    /// It is asked for each recipient immediately before the send. Those on the list are removed from the envelope: the result lists them
    /// as <see cref="RecipientState.Suppressed"/> with the reason, has a warning with <see cref="SmtpErrorCodes.RecipientsDropped"/>, and
    /// has the outcome of the remaining ones. If none remains, it is <see cref="Outcome.NotSent"/> with
    /// <see cref="SmtpErrorCodes.NoAllowedRecipient"/>. An exception of the list is the error
    /// <see cref="SmtpErrorCodes.CallbackFailed"/>, and nothing is sent. This option applies before <see cref="RedirectAllTo"/>, and to
    /// streams as far as they are known: a <c>MimeMessage</c> has none. Emails of an outbox are compared with the outbox's own list
    /// without this option. A synchronous send waits for it. Its time counts toward <see cref="SendTimeout"/>.
    /// </remarks>
    [JsonIgnore]
    public ISuppressionList? SuppressionList { get; init; }

    /// <summary>
    /// For development: the folder into which emails are written as <c>.eml</c> files, instead of being sent. Default null.
    /// </summary>
    /// <remarks>
    /// No connection is opened, and <see cref="Host"/> is not needed. The envelope is in the header fields <c>X-Sender</c> and
    /// <c>X-Receiver</c>. The path is absolute or relative to the current directory; the folder is created if necessary.
    /// </remarks>
    public string? PickupFolder { get; init; }

    internal static IEnumerable<OptionDescriptor> SafetyOptions =>
    [
        new ValueOption<string?>(nameof(RedirectAllTo), o => o.RedirectAllTo, (o, v) => o with { RedirectAllTo = v })
        {
            Parse = OptionParsers.OptionalText,
            Check = o => o.RedirectAllTo is null || (EmailAddresses.TryParse(o.RedirectAllTo, out var addresses) && addresses.Count > 0)
                ? null
                : "an address, several separated by \",\", or null",
        },
        new ListOption<string>(nameof(AllowedRecipients), o => o.AllowedRecipients, (o, v) => o with { AllowedRecipients = v })
        {
            ParseItems = OptionParsers.Item,
            CheckItem = v => RecipientPattern.IsValid(v) ? null : "addresses, and domains such as example.com",
        },
        new ValueOption<Func<string, bool>?>(
            nameof(IsRecipientDenied), o => o.IsRecipientDenied, (o, v) => o with { IsRecipientDenied = v })
        {
            Print = _ => "set",
        },
        new ValueOption<ISuppressionList?>(nameof(SuppressionList), o => o.SuppressionList, (o, v) => o with { SuppressionList = v })
        {
            Print = _ => "set",
        },
        new ValueOption<string?>(nameof(PickupFolder), o => o.PickupFolder, (o, v) => o with { PickupFolder = v })
        {
            Parse = OptionParsers.OptionalText,
            Check = o => o.PickupFolder is null || !string.IsNullOrWhiteSpace(o.PickupFolder) ? null : "a path that is not blank, or null",
        },
    ];
}
