using SmtpTransport.Feedback;

namespace SmtpTransport.Outbox;

public sealed partial class OutboxOptions
{
    /// <summary>The tokens that name an email in what comes back; null for none.</summary>
    internal FeedbackTokens? Tokens { get; private set; }

    /// <summary>The address that gets the reports, to which the token is added; null to leave the return path as it is.</summary>
    internal string? FeedbackAddress { get; private set; }

    /// <summary>Called for each report that the outbox has recorded. Default: none.</summary>
    /// <remarks>
    /// <para>
    /// It gets the email as it is now, and what was recorded. It is called at least once for each report: after the commit, and again if
    /// the same report comes again, as after a crash between the two (<see cref="OutboxFeedback.IsRepeated"/>). What came by another way
    /// before, or is not found, does not call it.
    /// </para>
    /// <para>
    /// Called by the process that records the report, concurrently for reports that come at the same time; the next message of a source
    /// waits for it. It has 5 minutes. If it throws or takes longer, that is logged, and it is not called again.
    /// </para>
    /// </remarks>
    public Func<OutboxEntry, OutboxFeedback, CancellationToken, ValueTask>? OnFeedback { get; set; }

    /// <summary>
    /// After what a recipient is put on the suppression list (<see cref="ISuppressionList"/>): after <see
    /// cref="SuppressionReason.HardBounce"/>, <see cref="SuppressionReason.Complaint"/> and <see cref="SuppressionReason.Unsubscribe"/>, in
    /// any combination. Default: all three.
    /// </summary>
    /// <remarks>
    /// A hard bounce is one of the category <see cref="FeedbackCategory.Hard"/> that is not only guessed; others never count, however often
    /// they come. An unsubscribe counts if the recipient itself has sent it and it is not only guessed, and for the stream of the email
    /// (<see cref="Email.Stream"/>): without a stream it is recorded, and suppresses nothing. The others count for all emails. Only a
    /// recipient of the email is added, not another address that the report names; and after a bounce only if the report is about that
    /// address itself, not about one that it forwards to or a member of its list. With <see cref="UseFeedbackTokens"/>, only what has a
    /// valid token counts, or what a webhook names with <see cref="EmailFeedback.EmailId"/>.
    /// </remarks>
    public IReadOnlyCollection<SuppressionReason> SuppressAfter { get; set; } =
        [SuppressionReason.HardBounce, SuppressionReason.Complaint, SuppressionReason.Unsubscribe];

    /// <summary>Puts a signed token with the id of the email into what comes back with its reports.</summary>
    /// <remarks>
    /// <para>
    /// Each email that is enqueued from now on gets a return path of its own, <paramref name="returnPath"/> with the token (VERP), unless
    /// it has another return path or an envelope of its own, such as the null path. An email that asks for delivery status notifications
    /// (<see cref="Email.Notify"/>), and has no <see cref="Email.EnvelopeId"/>, gets the token as its envelope id as well (RFC 3461, which
    /// needs a server with DSN). The token is stored with the email: it is the same for each attempt, and with
    /// <see cref="ServerOptions.RedirectAllTo"/>.
    /// </para>
    /// <para>
    /// A token proves which email a report is about, and not that its recipient wrote it: whoever has got the email has the token. A report
    /// without a valid one is still found by its Message-ID, and suppresses nobody (<see cref="SuppressAfter"/>). If the email of a valid
    /// token is gone, the report is that of no other email.
    /// </para>
    /// <para>
    /// The domain of the return path is that of SPF (RFC 7208): keep it the one of <c>From</c>, or a subdomain, for DMARC.
    /// </para>
    /// </remarks>
    /// <param name="tokens">The tokens. The reader of the reports needs the same keys.</param>
    /// <param name="returnPath">
    /// The address that gets the reports, such as <c>bounces@example.com</c>, with at most 19 characters before the <c>@</c>. Default:
    /// null, which leaves all return paths as they are.
    /// </param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="tokens"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="returnPath"/> is not an address, or would have more than 64 octets before the <c>@</c> (RFC 5321, section
    /// 4.5.3.1.1).
    /// </exception>
    public OutboxOptions UseFeedbackTokens(FeedbackTokens tokens, string? returnPath = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        // All tokens of ids have the same length: if one fits, all do.
        var example = returnPath is null ? null : tokens.CreateReturnPath(returnPath, Guid.Empty.ToString("D"));
        if (example is not null && !(EmailAddress.TryParse(example, out var address) && address.Email == example))
            throw new ArgumentException($"\"{returnPath}\" is not an address such as bounces@example.com.", nameof(returnPath));
        (Tokens, FeedbackAddress) = (tokens, returnPath);
        return this;
    }
}
