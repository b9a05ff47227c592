namespace SmtpTransport;

public sealed partial class Email
{
    private const string ReadReceiptField = "Disposition-Notification-To";

    /// <summary>
    /// Who gets a read receipt if the reader agrees to send one (<c>Disposition-Notification-To</c>, RFC 8098): a view of
    /// <see cref="Headers"/>. Default none.
    /// </summary>
    /// <remarks>
    /// Many mail clients ask the reader, or send none. It says nothing about delivery: see <see cref="Notify"/>. Null removes the field.
    /// </remarks>
    public EmailAddress? ReadReceiptTo
    {
        get => Headers.Find(ReadReceiptField) is { Value: { } text }
            ? EmailAddresses.TryParse(text, out var all) && all.Count > 0 ? all[0] : new EmailAddress(text)
            : null;
        set => Headers.Replace(ReadReceiptField, value?.ToString());
    }

    /// <summary>
    /// The fields with which a mailing list describes itself (<c>List-Id</c>, <c>List-Unsubscribe</c> and others): a view of
    /// <see cref="Headers"/>.
    /// </summary>
    public MailingListFields MailingList => new(Headers);
}
