namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="Email.FromMime(byte[])"/>: bytes are either an email or a <see cref="FormatException"/>. An email can be written as MIME and
/// as JSON, and read from there as the same email.
/// </summary>
internal sealed class MimeTarget() : Target(
    "mime",
    "\r\n", "\n", "\r", "\0", "\r\n\r\n", "\r\n ", "\r\n\t", ": ", ";", "\"", "=", "--", "From ", "From: ", "To: ", "Cc: ", "Bcc: ",
    "Sender: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: ", "References: ",
    "In-Reply-To: ", "Keywords: ", "Comments: ", "Received: ", "Return-Path: ", "Resent-To: ", "X-A: ", "MIME-Version: 1.0\r\n",
    "Content-Type: ", "Content-Disposition: ",
    "Content-Transfer-Encoding: ", "Content-ID: <a@x>\r\n", "Content-Language: ", "Content-Location: ", "Content-Description: ",
    "Content-MD5: ",
    "text/plain", "text/html", "text/rfc822-headers", "message/rfc822", "message/partial", "message/delivery-status",
    "message/external-body", "multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    "multipart/alternative", "multipart/digest", "multipart/signed", "multipart/related", "multipart/report", "application/ms-tnef",
    "application/octet-stream", "--b\r\n", "--b--\r\n", "boundary=",
    "; charset=utf-8", "; charset=utf-7", "; charset=utf-16", "; charset=iso-2022-jp", "; charset=x", "; charset=", "; name=",
    "; name*=utf-8''%41", "; name*0*=utf-8''%E6", "; name*1*=%97%A5", "; format=flowed",
    "7bit", "8bit", "binary", "base64", "quoted-printable", "uuencode", "x-uuencode", "=?utf-8?Q?=41?=", "=?utf-8?B?w6k=?=",
    "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "=?x?Q?a?=", "=\r\n", "=ZZ", "begin 644 a\r\n", "end\r\n",
    "attachment; filename=a.txt", "inline", "<a@x>", "\"a b\"@x", "(", "Mon, 2 Mar 2026 10:11:12 +0100", "\u001b$B", "+AGE-", "é",
    "\uFEFF", "\u2028", "xn--")
{
    public override string Run(byte[] input)
    {
        Email email;
        try
        {
            email = Email.FromMime(input);
        }
        catch (FormatException exception)
        {
            return Shape(exception);
        }

        CheckAddresses(email);
        using var stream = new MemoryStream();
        try
        {
            email.ToMime(stream);
        }
        catch (InvalidOperationException exception) when (
            exception.Message.Contains("nested deeper", StringComparison.Ordinal)
            || exception.Message.Contains("does not fit on a line", StringComparison.Ordinal))
        {
            return Shape(exception);
        }

        var mime = stream.ToArray();
        Wire.RequireClean(mime, Wire.IsForSmtpUtf8(Shown(email)) || HeaderFields.SmtpUtf8Field(email.Headers) is not null);
        RequireSame(email, Email.FromMime(mime), "MIME");

        var json = email.ToJson();
        var read = Email.FromJson(json);
        Require(read.ToJson() == json, "An email is the same after JSON.");
        return Describe(email);
    }

    private static void CheckAddresses(Email email)
    {
        foreach (var address in Shown(email).Concat(email.Bcc))
        {
            Require(AddressSpec.Check(address.Email) is null, "A parsed address is valid.");
            Require(address.Name?.Any(char.IsControl) != true, "A name has no control character.");
        }
    }

    // A message that cannot be sent unencoded is written as a file.
    private static bool IsSameType(string again, string type) =>
        again == type || (again == "application/octet-stream" && type.StartsWith("message/", StringComparison.OrdinalIgnoreCase));

    private static void RequireSame(Email email, Email again, string format)
    {
        // MimeKit trims spaces, even if they were in encoded words.
        Require((again.Subject ?? "").Trim() == (email.Subject ?? "").Trim(), $"The subject is the same after {format}.");
        // A field that cannot be parsed is kept as text; without its control characters it may be parsed.
        Require(email.From.Count == 0 || Wire.Same(again.From, email.From), $"From is the same after {format}.");
        Require(email.To.Count == 0 || Wire.Same(again.To, email.To), $"To is the same after {format}.");
        Require(email.Cc.Count == 0 || Wire.Same(again.Cc, email.Cc), $"Cc is the same after {format}.");
        Require(again.Attachments.Count == email.Attachments.Count, $"The number of attachments is the same after {format}.");
        for (var i = 0; i < email.Attachments.Count; i++)
            Require(IsSameType(again.Attachments[i].Type, email.Attachments[i].Type), $"The type of an attachment is the same after {format}.");
        Require(Wire.Lines(again.TextBody) == Wire.Lines(email.TextBody), $"The text is the same after {format}.");
        Require(Wire.Lines(again.HtmlBody) == Wire.Lines(email.HtmlBody), $"The HTML is the same after {format}.");
    }

    public static IEnumerable<EmailAddress> Shown(Email email) =>
        email.From.Concat(email.Sender).Concat(email.ReplyTo).Concat(email.To).Concat(email.Cc);

    private static string Describe(Email email) =>
        $"{email.BodyStructure?.SubParts.Count > 0} {email.BodyStructure?.Attachment is null} {Math.Min(email.Attachments.Count, 3)} "
        + $"{Math.Min(email.BodyValues?.Count ?? 0, 3)} {email.Subject is null} {Math.Min(email.From.Count, 2)}";
}
