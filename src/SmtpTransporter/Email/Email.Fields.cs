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
        get => Headers.FirstOrDefault(IsReadReceipt) is { Value: { } text }
            ? EmailAddresses.TryParse(text, out var all) && all.Count > 0 ? all[0] : new EmailAddress(text)
            : null;
        set
        {
            for (var i = Headers.Count - 1; i >= 0; i--)
            {
                if (IsReadReceipt(Headers[i]))
                    Headers.RemoveAt(i);
            }
            if (value is not null)
                Headers.Add(ReadReceiptField, value.ToString());
        }
    }

    /// <summary>
    /// The fields with which a mailing list describes itself (<c>List-Id</c>, <c>List-Unsubscribe</c> and others): a view of
    /// <see cref="Headers"/>.
    /// </summary>
    public MailingListFields MailingList => new(Headers);

    /// <summary>
    /// Further forms of the body, such as AMP or Markdown: between the text and the HTML, in this order. Default none.
    /// </summary>
    /// <remarks>
    /// A reader shows the last form that it knows (RFC 2046, section 5.1.4). If there is a <see cref="BodyStructure"/>, these are the other
    /// texts in its <c>multipart/alternative</c>, which remain among the <see cref="Attachments"/> of a received email; a new list replaces
    /// them.
    /// </remarks>
    public IReadOnlyList<MailAlternative> Alternatives
    {
        get => AlternativeParts.Get(this) ?? _alternatives;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _alternatives = AlternativeParts.TrySet(this, value) ? [] : [.. value];
        }
    }

    private static bool IsReadReceipt(EmailHeader header) =>
        ReadReceiptField.Equals(header.Name, StringComparison.OrdinalIgnoreCase);
}
