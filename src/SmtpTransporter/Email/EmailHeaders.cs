using System.Collections.ObjectModel;

namespace SmtpTransport;

/// <summary>The additional header fields of an email, in the order in which they are written.</summary>
/// <remarks>A field that repeats a property set on the email is ignored. Not safe for concurrent changes.</remarks>
public sealed class EmailHeaders : Collection<EmailHeader>
{
    /// <summary>Adds a header field.</summary>
    /// <param name="name">The field's name in ASCII, without the colon. A header without a name is not written.</param>
    /// <param name="value">The field's value as text.</param>
    public void Add(string? name, string? value) => Add(new EmailHeader(name, value));

    /// <summary>The first field of a name; null if there is none.</summary>
    internal EmailHeader? Find(string name)
    {
        foreach (var header in this)
        {
            if (header.IsNamed(name))
                return header;
        }
        return null;
    }

    /// <summary>Removes all fields of a name, and adds one unless the value is null.</summary>
    internal void Replace(string name, string? value)
    {
        for (var i = Count - 1; i >= 0; i--)
        {
            if (this[i].IsNamed(name))
                RemoveAt(i);
        }
        if (value is not null)
            Add(name, value);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is null.</exception>
    protected override void InsertItem(int index, EmailHeader item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.InsertItem(index, item);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentNullException"><paramref name="item"/> is null.</exception>
    protected override void SetItem(int index, EmailHeader item)
    {
        ArgumentNullException.ThrowIfNull(item);
        base.SetItem(index, item);
    }
}
