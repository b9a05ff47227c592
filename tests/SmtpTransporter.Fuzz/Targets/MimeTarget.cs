namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="Email.FromMime(byte[])"/>: bytes are either an email or a <see cref="FormatException"/>. An email can be written as MIME and
/// as JSON, and read from there as the same email.
/// </summary>
internal sealed class MimeTarget() : Target("mime", MimeWords.All)
{
    public override string Run(byte[] input)
    {
        // What is sent ends with a line end, and the one behind a last delimiter makes an empty part of it.
        if (!input.AsSpan().EndsWith("\n"u8))
            input = [.. input, .. "\r\n"u8];
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
        // With another line end behind it, a multipart that could not be divided may be divided.
        if (BodyTexts.Parts(email.BodyStructure!).Any(IsUndivided))
            return "undivided";
        // RFC 2046, section 5.1.1, allows 70 characters. From 128 on, MimeKit sometimes counts the line end before one to the part.
        if (BodyTexts.Parts(email.BodyStructure!).Any(p => p.Received!.Boundary?.Length > 70))
            return "long boundary";
        byte[] sent;
        try
        {
            sent = Wire.Send(email);
        }
        catch (EmailContentException exception) when (exception.Message.Contains("does not fit on a line", StringComparison.Ordinal))
        {
            return Shape(exception);
        }
        var inUtf8 = Wire.IsForSmtpUtf8(Shown(email)) || HeaderFields.SmtpUtf8Field(email.Headers) is not null;
        Wire.RequireClean(sent, inUtf8);
        RequireSame(email, Email.FromMime(sent), "MIME");

        var json = email.ToJson();
        var read = Email.FromJson(json);
        Require(read.ToJson() == json, "An email is the same after JSON.");
        // All of it is written anew then.
        sent = Wire.Send(read);
        Wire.RequireClean(sent, inUtf8);
        RequireSame(email, Email.FromMime(sent), "JSON and MIME");
        return Describe(email);
    }

    private static bool IsUndivided(MailPart part) =>
        part.SubParts.Count == 0
        && Wire.Decode(part.Received!.Header.ToArray()).Contains("multipart/", StringComparison.OrdinalIgnoreCase);

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
        Require((again.Subject ?? "") == (email.Subject ?? ""), $"The subject is the same after {format}.");
        // A field that cannot be parsed is kept as text; without its control characters it may be parsed.
        Require(email.From.Count == 0 || Wire.Same(again.From, email.From), $"From is the same after {format}.");
        Require(email.To.Count == 0 || Wire.Same(again.To, email.To), $"To is the same after {format}.");
        Require(email.Cc.Count == 0 || Wire.Same(again.Cc, email.Cc), $"Cc is the same after {format}.");
        Require(again.Attachments.Count == email.Attachments.Count, $"The number of attachments is the same after {format}.");
        for (var i = 0; i < email.Attachments.Count; i++)
        {
            Require(
                IsSameType(again.Attachments[i].Type, email.Attachments[i].Type), $"The type of an attachment is the same after {format}.");
        }
        // An octet that is not valid in a charset may take the line end behind it for its second half, and that becomes CRLF.
        if (email.BodyValues?.Values.Any(v => v.IsEncodingProblem) == true)
            return;
        Require(Wire.Lines(again.TextBody) == Wire.Lines(email.TextBody), $"The text is the same after {format}.");
        Require(Wire.Lines(again.HtmlBody) == Wire.Lines(email.HtmlBody), $"The HTML is the same after {format}.");
    }

    public static IEnumerable<EmailAddress> Shown(Email email) =>
        email.From.Concat(email.Sender).Concat(email.ReplyTo).Concat(email.To).Concat(email.Cc);

    private static string Describe(Email email) =>
        $"{email.BodyStructure?.SubParts.Count > 0} {email.BodyStructure?.Attachment is null} {Math.Min(email.Attachments.Count, 3)} "
        + $"{Math.Min(email.BodyValues?.Count ?? 0, 3)} {email.Subject is null} {Math.Min(email.From.Count, 2)}";
}
