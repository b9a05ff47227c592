namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="Email.FromMime(byte[])"/>: bytes are a mail, which can be written as MIME and as JSON and read from there as the same, or a
/// <see cref="FormatException"/>.
/// </summary>
internal sealed class MimeTarget() : Target(
    "mime",
    "\r\n", "\n", "\r", "\0", "\r\n\r\n", "\r\n ", "\r\n\t", ": ", ";", "\"", "=", "--", "From ", "From: ", "To: ", "Cc: ", "Bcc: ", "Sender: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: ", "References: ",
    "In-Reply-To: ", "Keywords: ", "Comments: ", "Received: ", "Return-Path: ", "Resent-To: ", "X-A: ", "MIME-Version: 1.0\r\n", "Content-Type: ", "Content-Disposition: ",
    "Content-Transfer-Encoding: ", "Content-ID: <a@x>\r\n", "Content-Language: ", "Content-Location: ", "Content-Description: ", "Content-MD5: ",
    "text/plain", "text/html", "text/rfc822-headers", "message/rfc822", "message/partial", "message/delivery-status", "message/external-body", "multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    "multipart/alternative", "multipart/digest", "multipart/signed", "multipart/related", "multipart/report", "application/ms-tnef", "application/octet-stream", "--b\r\n", "--b--\r\n", "boundary=",
    "; charset=utf-8", "; charset=utf-7", "; charset=utf-16", "; charset=iso-2022-jp", "; charset=x", "; charset=", "; name=", "; name*=utf-8''%41", "; name*0*=utf-8''%E6", "; name*1*=%97%A5", "; format=flowed",
    "7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-uuencode", "=?utf-8?Q?=41?=", "=?utf-8?B?w6k=?=", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "=?x?Q?a?=", "=\r\n", "=ZZ", "begin 644 a\r\n", "end\r\n",
    "attachment; filename=a.txt", "inline", "<a@x>", "\"a b\"@x", "(", "Mon, 2 Mar 2026 10:11:12 +0100", "\u001b$B", "+AGE-", "é", "\uFEFF", "\u2028", "xn--")
{
    public override string Run(byte[] input)
    {
        Email mail;
        try
        {
            mail = Email.FromMime(input);
        }
        catch (FormatException exception)
        {
            return Shape(exception);
        }

        CheckAddresses(mail);
        using var stream = new MemoryStream();
        try
        {
            mail.ToMime(stream);
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("nested deeper", StringComparison.Ordinal))
        {
            return Shape(exception);
        }

        var mime = stream.ToArray();
        Wire.RequireClean(mime, Wire.IsForSmtpUtf8(Shown(mail)));
        RequireSame(mail, Email.FromMime(mime), "MIME");

        var json = mail.ToJson();
        var read = Email.FromJson(json);
        Require(read.ToJson() == json, "A mail is the same after JSON.");
        return Describe(mail);
    }

    private static void CheckAddresses(Email mail)
    {
        foreach (var address in Shown(mail).Concat(mail.Bcc))
        {
            Require(AddressSpec.Check(address.Email) is null, "What is read is an address.");
            Require(address.Name?.Any(char.IsControl) != true, "A name has no control character.");
        }
    }

    private static void RequireSame(Email mail, Email again, string way)
    {
        // MimeKit takes the blanks at the ends away, whatever stood in the encoded words.
        Require((again.Subject ?? "").Trim() == (mail.Subject ?? "").Trim(), $"The subject is the same after {way}.");
        // A field that cannot be read is kept as text, and may be readable without its control characters.
        Require(mail.From.Count == 0 || Wire.Same(again.From, mail.From), $"From is the same after {way}.");
        Require(mail.To.Count == 0 || Wire.Same(again.To, mail.To), $"To is the same after {way}.");
        Require(mail.Cc.Count == 0 || Wire.Same(again.Cc, mail.Cc), $"Cc is the same after {way}.");
        Require(again.Attachments.Count == mail.Attachments.Count, $"There are as many attachments after {way}.");
        for (var i = 0; i < mail.Attachments.Count; i++)
            Require(again.Attachments[i].Type == mail.Attachments[i].Type, $"An attachment has its type after {way}.");
        Require(Wire.Lines(again.TextBody) == Wire.Lines(mail.TextBody), $"The text is the same after {way}.");
        Require(Wire.Lines(again.HtmlBody) == Wire.Lines(mail.HtmlBody), $"The HTML is the same after {way}.");
    }

    public static IEnumerable<EmailAddress> Shown(Email mail) => mail.From.Concat(mail.Sender).Concat(mail.ReplyTo).Concat(mail.To).Concat(mail.Cc);

    private static string Describe(Email mail) =>
        $"{mail.BodyStructure?.SubParts.Count > 0} {mail.BodyStructure?.Attachment is null} {Math.Min(mail.Attachments.Count, 3)} {Math.Min(mail.BodyValues?.Count ?? 0, 3)} {mail.Subject is null} {Math.Min(mail.From.Count, 2)}";
}
