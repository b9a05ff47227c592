namespace SmtpTransport.Mailbox;

/// <summary>Reads <c>srcset</c>, a list such as <c>a.png, b.png 2x</c> (WHATWG HTML, section 4.8.4.2.1).</summary>
internal static class SourceSet
{
    /// <returns>The addresses, each with its descriptor, which is empty if it has none.</returns>
    public static IEnumerable<(string Address, string Descriptor)> Read(string list)
    {
        for (var position = 0; position < list.Length;)
        {
            if (char.IsWhiteSpace(list[position]) || list[position] == ',')
            {
                position++;
                continue;
            }
            var start = position;
            while (position < list.Length && !char.IsWhiteSpace(list[position]))
                position++;
            // A comma within an address belongs to it, as in data: URIs; one at its end begins the next one.
            var address = list[start..position];
            if (address.EndsWith(','))
            {
                yield return (address.TrimEnd(','), "");
                continue;
            }
            var end = list.IndexOf(',', position) is var comma and >= 0 ? comma : list.Length;
            yield return (address, list[position..end].Trim());
            position = end;
        }
    }
}
