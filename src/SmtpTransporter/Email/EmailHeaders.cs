using System.Collections.ObjectModel;

namespace SmtpTransport;

/// <summary>
/// The further header fields of a mail, in the order in which they are written. One that repeats a property set on the mail is ignored.
/// </summary>
public sealed class EmailHeaders : Collection<EmailHeader>
{
    /// <summary>Adds a header.</summary>
    public void Add(string? name, string? value) => Add(new EmailHeader(name, value));

    /// <inheritdoc/>
    protected override void InsertItem(int index, EmailHeader item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.InsertItem(index, item);
    }

    /// <inheritdoc/>
    protected override void SetItem(int index, EmailHeader item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.SetItem(index, item);
    }
}
