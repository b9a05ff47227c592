using System.Text;

namespace SmtpTransport.ReaderLab.Samples;

/// <summary>Attached files: their names, types and octets.</summary>
internal static class FileSamples
{
    private static readonly byte[] Octets = [.. Enumerable.Range(0, 2000).Select(i => (byte)(i * 7))];

    public static IReadOnlyList<Sample> All { get; } =
    [
        File("file-binary", "data.bin"),
        File("file-empty", "empty.bin", content: []),
        File("file-large", "large.bin", content: [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i * i >> 3))]),
        File("file-name-blanks", "annual  report 2026.pdf"),
        File("file-name-quotes", "a \"quoted\"; name=x.pdf"),
        File("file-name-percent", "it's 100%25 done.pdf"),
        File("file-name-apostrophes", "utf-8''it's.pdf"),
        File("file-name-parentheses", "copy (1) [final],v2.pdf"),
        File("file-name-star", "a*b*0*=c.pdf"),
        File("file-name-leading-dot", ".profile"),
        File("file-name-trailing-dot", "name."),
        File("file-name-long-ascii", string.Join('-', Enumerable.Repeat("department", 18)) + ".pdf"),
        File("file-name-french", "Übersicht für Zoë.pdf"),
        File("file-name-french-latin1", "Übersicht für Zoë.pdf", MailMode.Iso88591),
        File("file-name-french-base64", "Übersicht für Zoë.pdf", MailMode.Utf8Base64),
        File("file-name-japanese", "日本語の書類.pdf"),
        File("file-name-japanese-jis", "日本語の書類.pdf", MailMode.Iso2022Jp),
        File("file-name-japanese-jis-long", string.Concat(Enumerable.Repeat("とても長い書類", 15)) + ".pdf", MailMode.Iso2022Jp),
        File("file-name-french-long", string.Join(' ', Enumerable.Repeat("Übersicht für Zoë", 10)) + ".pdf"),
        File("file-name-emoji-long", string.Concat(Enumerable.Repeat("🎉", 60)) + ".pdf"),
        File("file-name-arabic", "تقرير سنوي.pdf"),
        File("file-name-decomposed", "Re\u0301sume\u0301.pdf"),
        File("file-name-encoded-word-lookalike", "=?utf-8?Q?caf=C3=A9?=.pdf"),
        File("file-text", "notes.txt", content: "line 1\r\nline 2\nlast\r\n"u8.ToArray()),
        File("file-text-latin1", "notes.txt", content: [.. "Gr"u8, 0xfc, 0xdf, .. "e\n"u8]),
        File("file-csv-bom", "list.csv", content: [0xef, 0xbb, 0xbf, .. "a;b\r\n"u8]),
        File("file-html", "page.html", content: "<p>page</p>\n"u8.ToArray()),
        File("file-svg", "picture.svg", content: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n"u8.ToArray()),
        File("file-json", "data.json", content: "{\"a\": 1}"u8.ToArray()),
        File("file-gzip", "archive.tar.gz"),
        OldName("file-name-rfc2047", "Übersicht für Zoë.pdf"),
        OldName("file-name-rfc2047-long", string.Join(' ', Enumerable.Repeat("Übersicht für Zoë", 10)) + ".pdf"),
        SameNames(),
        InlineText(),
        Message("file-message", "Subject: inner\r\nFrom: a@example.com\r\n\r\nInner text\r\n"),
        Message("file-message-latin1", "Subject: inner\r\nFrom: a@example.com\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
            + "Content-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe\r\n"),
        Message("file-message-mixed", "Subject: inner\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=xyz\r\n\r\n"
            + "--xyz\r\n\r\nInner text\r\n--xyz\r\nContent-Type: application/pdf; name=inner.pdf\r\n"
            + "Content-Disposition: attachment; filename=inner.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--xyz--\r\n"),
    ];

    private static Sample File(string name, string fileName, MailMode? mode = null, byte[]? content = null) => new(name)
    {
        Email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "File",
            TextBody = "See attached.",
            Attachments = { MailAttachment.FromBytes(content ?? Octets, fileName) },
        },
        Header = mode ?? MailMode.Utf8,
    };

    private static Sample OldName(string name, string fileName) => File(name, fileName) with { Names = AttachmentNameEncoding.Rfc2047 };

    private static Sample SameNames() => new("file-same-names")
    {
        Email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "Files",
            TextBody = "See attached.",
            Attachments = { MailAttachment.FromBytes([1], "scan.pdf"), MailAttachment.FromBytes([2], "scan.pdf") },
        },
    };

    private static Sample InlineText() => new("file-inline-text")
    {
        Email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "File",
            TextBody = "See below.",
            Attachments = { MailAttachment.FromBytes("shown below\r\n"u8.ToArray(), "below.txt", disposition: "inline") },
        },
    };

    private static Sample Message(string name, string inner) => new(name)
    {
        Email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "Forwarded",
            TextBody = "See attached.",
            Attachments = { MailAttachment.FromBytes(Encoding.Latin1.GetBytes(inner), "forwarded.eml", type: "message/rfc822") },
        },
    };
}
