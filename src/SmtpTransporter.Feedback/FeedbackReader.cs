using System.Text;
using MimeKit;

namespace SmtpTransport.Feedback;

/// <summary>Reads emails that come back: delivery reports, complaints, read receipts, automatic replies and unsubscribe emails.</summary>
/// <param name="tokens">The tokens in the return paths and envelope ids of the emails that were sent; null if there are none.</param>
/// <remarks>
/// <para>
/// Standard forms are read by their fields (RFC 3461, 3464, 5965, 6533, 8098, 3834), others by rules for known programs. An email that is
/// not one of them gives null.
/// </para>
/// <para>
/// Everything is bounded: the octets that are read (<see cref="MaxOctets"/>), the recipients (<see cref="MaxRecipients"/>) and the depth of
/// the message. Safe for concurrent callers.
/// </para>
/// </remarks>
public sealed class FeedbackReader(FeedbackTokens? tokens = null)
{
    /// <summary>The octets of a message that are read: 16 MiB. What a report says lies before the message that it returns.</summary>
    public const int MaxOctets = 16 << 20;

    /// <summary>The recipients of one report that are read: 20,000.</summary>
    public const int MaxRecipients = 20_000;

    // MimeKit looks for code pages once, at its first use.
    static FeedbackReader() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>Reads an email.</summary>
    /// <param name="message">The message as it arrived; at most <see cref="MaxOctets"/> are read, and it is left open.</param>
    /// <returns>What the email says; null if it is an ordinary email, or not an email.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public EmailFeedback? Read(Stream message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var head = MessageHead.Read(message);
        return Judge(head, CancellationToken.None);
    }

    /// <summary>Reads an email.</summary>
    /// <param name="message">The message as it arrived; at most <see cref="MaxOctets"/> are read, and it is left open.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What the email says; null if it is an ordinary email, or not an email.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    public async Task<EmailFeedback?> ReadAsync(Stream message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var head = await MessageHead.ReadAsync(message, cancellationToken).ConfigureAwait(false);
        return Judge(head, cancellationToken);
    }

    /// <summary>Reads an email.</summary>
    /// <param name="message">The message as it arrived. It is not changed.</param>
    /// <returns>What the email says; null if it is an ordinary email.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    public EmailFeedback? Read(MimeMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Judge(message, isTruncated: false, CancellationToken.None);
    }

    private EmailFeedback? Judge(MessageHead head, CancellationToken cancellationToken)
    {
        using var message = head.Parse();
        return message is null ? null : Judge(message, head.IsTruncated, cancellationToken);
    }

    private EmailFeedback? Judge(MimeMessage message, bool isTruncated, CancellationToken cancellationToken)
    {
        var received = new ReceivedMessage(message, isTruncated, cancellationToken);
        var feedback = DeliveryReport.Read(received) ?? ComplaintReport.Read(received) ?? DispositionReport.Read(received)
            ?? TextReport.Read(received) ?? AutomaticReply.Read(received) ?? UnsubscribeEmail.Read(received);
        return feedback is null || tokens is null ? feedback : feedback with { EmailId = TokenSearch.Find(message, feedback, tokens) };
    }
}
