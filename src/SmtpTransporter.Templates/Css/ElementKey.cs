using System.Buffers;

namespace SmtpTransport.Templates;

/// <summary>Writes what selectors can see of a tag itself: its name, and the attributes that a rule depends on.</summary>
internal sealed class ElementKey(HtmlMarkup markup, StyleSheet sheet)
{
    private readonly ArrayBufferWriter<char> _key = new(256);

    /// <returns>The key, which is valid until the next call.</returns>
    public ReadOnlySpan<char> Of(HtmlTag tag)
    {
        _key.ResetWrittenCount();
        if (tag.IsEnd)
            _key.Write("/");
        _key.Write(tag.Name);
        if (tag.IsEnd)
            return _key.WrittenSpan;
        foreach (var attribute in markup.AttributesOf(tag))
        {
            var name = markup.NameOf(attribute);
            if (!sheet.Uses(name))
                continue;
            _key.Write("\t");
            WriteLower(name);
            _key.Write("=");
            _key.Write(markup.Text.AsSpan(attribute.ValueStart..attribute.ValueEnd));
        }
        return _key.WrittenSpan;
    }

    private void WriteLower(ReadOnlySpan<char> name)
    {
        name.ToLowerInvariant(_key.GetSpan(name.Length));
        _key.Advance(name.Length);
    }
}
