using MimeKit;

namespace SmtpTransport;

/// <summary>Adds header fields to parts: type and encoding, disposition, Content-ID and the others of a <see cref="MailPart"/>.</summary>
internal static class MimePartFields
{
    // These are written from the properties of the part.
    private static readonly string[] FromProperties =
    [
        "Content-Type",
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "Content-ID",
        "Content-Language",
        "Content-Location",
        "MIME-Version",
    ];

    /// <summary>Adds the fields of a part except its type and encoding.</summary>
    public static void Add(MimeNode node, MailPart part, MimeWriteOptions options)
    {
        if (part.Disposition is not null)
            AddDisposition(node, part.Disposition, part.Name, options);
        AddContentId(node, part.Cid);
        AddText("Content-Language", part.Language.Count == 0 ? null : string.Join(", ", part.Language));
        AddText("Content-Location", part.Location);
        foreach (var header in part.Headers)
        {
            if (!string.IsNullOrEmpty(header.Name) && !FromProperties.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
                AddText(header.Name, header.Value);
        }

        void AddText(string field, string? value)
        {
            if (value is not null)
                node.Add(field, HeaderFields.Write(field, value, options.Header));
        }
    }

    /// <summary>Returns the value of Content-Type.</summary>
    public static string Type(
        ContentType type, IEnumerable<KeyValuePair<string, string>> parameters, string? name, MimeWriteOptions options) =>
        ParameterText.Write(
            "Content-Type",
            $"{type.MediaType}/{type.MediaSubtype}",
            name is null ? parameters : parameters.Append(KeyValuePair.Create("name", name)),
            options);

    /// <summary>Adds the type and the encoding. A message inside a message is 7bit if it says nothing.</summary>
    public static void AddType(MimeNode node, string type)
    {
        node.Add("Content-Type", type);
        if (node.IsMessage && node.Encoding == ContentEncoding.SevenBit)
            return;
        node.Add("Content-Transfer-Encoding", node.Encoding switch
        {
            ContentEncoding.SevenBit => "7bit",
            ContentEncoding.EightBit => "8bit",
            ContentEncoding.QuotedPrintable => "quoted-printable",
            _ => "base64",
        });
    }

    public static void AddDisposition(MimeNode node, string disposition, string? name, MimeWriteOptions options) => node.Add(
        "Content-Disposition",
        ParameterText.Write("Content-Disposition", disposition, name is null ? [] : [KeyValuePair.Create("filename", name)], options));

    public static void AddContentId(MimeNode node, string? cid)
    {
        if (cid is not null)
            node.Add("Content-ID", $"<{cid}>");
    }
}
