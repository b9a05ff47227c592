namespace SmtpTransport.ReaderLab.Samples;

/// <summary>Trees of parts: alternatives, pictures in HTML, invitations, signatures.</summary>
internal static class TreeSamples
{
    private const string Invitation =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.com//lab\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\n"
        + "DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:Réunion\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private static readonly byte[] Picture = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13];

    public static IReadOnlyList<Sample> All { get; } =
    [
        new("alternative") { Email = Body() },
        new("alternative-base64") { Email = Body(), Body = MailMode.Utf8Base64 },
        new("alternative-8bit") { Email = Body(), Body = MailMode.Iso88591 },
        new("alternative-empty-text") { Email = Body(text: "") },
        new("related") { Email = Body(html: "<img src=\"cid:logo@example.com\">", files: Logo("logo@example.com")) },
        new("related-odd-cid") { Email = Body(html: "<img src=\"cid:logo+1.png@x\">", files: Logo("logo+1.png@x")) },
        new("related-file") { Email = Body(html: "<img src=\"cid:logo@example.com\">", files: [.. Logo("logo@example.com"), Report()]) },
        new("html-file") { Email = Body(text: null, files: Report()) },
        new("text-file-base64") { Email = Body(html: null, files: Report()), Body = MailMode.Utf8Base64 },
        new("file-alone") { Email = Body(text: null, html: null, files: Report()), Correction = seen => seen with { Text = null } },
        new("calendar") { Email = Calendar(Body()) },
        new("calendar-file") { Email = Calendar(Body(files: Report())) },
        new("signed") { Email = Body(files: Report()), IsSigned = true, Correction = WithSignature },
        new("signed-text") { Email = Body(html: null), IsSigned = true, Correction = WithSignature },
        Nested(),
    ];

    private static MailAttachment Report() => MailAttachment.FromBytes([1, 2, 3], "Übersicht.pdf");

    private static MailAttachment[] Logo(string cid) => [MailAttachment.FromBytes(Picture, "logo.png", cid: cid)];

    private static Seen WithSignature(Seen seen) => seen with { Files = [.. seen.Files!, new SeenFile("smime.p7s", null)] };

    private static Email Body(string? text = "Grüße\nzweite Zeile", string? html = "<p>Grüße</p>", params MailAttachment[] files)
    {
        var email = new Email { From = "me@example.com", To = "you@example.org", Subject = "Tree", TextBody = text, HtmlBody = html };
        foreach (var file in files)
            email.Attachments.Add(file);
        return email;
    }

    private static Email Calendar(Email email)
    {
        email.Calendar = new MailCalendar(Invitation);
        return email;
    }

    /// <summary>mixed(mixed(mixed(text)), file): a text that stands deep.</summary>
    private static Sample Nested()
    {
        var file = Report();
        var text = new MailPart { PartId = "1" };
        var inner = new MailPart { Type = "multipart/mixed", SubParts = { text } };
        var middle = new MailPart { Type = "multipart/mixed", SubParts = { inner } };
        var email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "Tree",
            BodyStructure = new MailPart
            {
                Type = "multipart/mixed",
                SubParts = { middle, new MailPart { Attachment = file, Type = file.Type, Name = file.Name, Disposition = "attachment" } },
            },
            BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = new("Deep text") },
            Attachments = { file },
        };
        return new("nested") { Email = email };
    }
}
