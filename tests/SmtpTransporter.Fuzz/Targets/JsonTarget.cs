namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// <see cref="Email.FromJson"/>: text is either an email or a <see cref="FormatException"/>. An email stays the same in JSON, and can be
/// written as MIME, or else an <see cref="InvalidOperationException"/> says why not.
/// </summary>
internal sealed class JsonTarget() : Target(
    "json",
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud83d", "\\ude00", "\\n", "\\r\\n", "null", "true", "false", "0", "-1",
    "1e999", "99999999999999999999", "\"a@x\"", "\"\"", "{}", "[]", "[null]", "/**/",
    "\"id\":", "\"receivedAt\":", "\"size\":", "\"from\":", "\"sender\":", "\"replyTo\":", "\"to\":", "\"cc\":", "\"bcc\":",
    "\"returnPath\":", "\"messageId\":", "\"sendAt\":", "\"subject\":",
    "\"comments\":", "\"keywords\":", "\"inReplyTo\":", "\"references\":", "\"headers\":[{\"name\":\"X-A\",\"value\":\"b\"}]",
    "\"priority\":\"high\"", "\"notify\":[\"success\",\"never\"]", "\"envelopeId\":",
    "\"calendar\":{\"content\":\"BEGIN:VCALENDAR\",\"method\":\"REQUEST\"}", "\"textBody\":", "\"htmlBody\":", "\"bodyStructure\":",
    "\"bodyValues\":", "\"attachments\":",
    "{\"name\":\"B\",\"email\":\"b@x\"}", "\"partId\":\"1\"", "\"blobId\":\"a1\"", "\"type\":\"text/plain\"",
    "\"type\":\"multipart/mixed\"", "\"type\":\"message/rfc822\"", "\"parameters\":{\"a\":\"b\"}", "\"charset\":\"utf-8\"",
    "\"charset\":\"iso-2022-jp\"", "\"charset\":\"utf-7\"", "\"encoding\":\"binary\"", "\"encoding\":\"uuencode\"",
    "\"disposition\":\"attachment\"", "\"name\":\"a.txt\"", "\"cid\":\"a@x\"", "\"language\":[\"de\"]", "\"location\":\"a\"",
    "\"subParts\":[", "\"content\":\"AAEC\"", "\"content\":\"RnJvbTogYUB4DQoNCmI=\"", "\"1\":{\"value\":\"text\"}",
    "\"isEncodingProblem\":true", "2026-03-02T10:11:12+01:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "\"Content-Type\"", "\"Bcc\"", "\"Message-ID\"", "\"Date\"", "日本", "é", "\u2028", "\uFEFF", "\uFFFE")
{
    public override string Run(byte[] input)
    {
        Email email;
        try
        {
            email = Email.FromJson(Text(input));
        }
        catch (FormatException exception)
        {
            return Shape(exception);
        }
        return $"{Json(email)} {Mime(email)}";
    }

    private static string Json(Email email)
    {
        string json;
        try
        {
            json = email.ToJson();
        }
        catch (InvalidOperationException exception)
        {
            return Shape(exception);
        }
        Require(Email.FromJson(json).ToJson() == json, "An email is the same after JSON.");
        return "json";
    }

    private static string Mime(Email email)
    {
        using var stream = new MemoryStream();
        try
        {
            email.ToMime(stream);
        }
        catch (InvalidOperationException exception)
        {
            var namesProperty = exception.Message.Length > 0 && char.IsAsciiLetterUpper(exception.Message[0]);
            Require(namesProperty, "The exception names the property that cannot be written.");
            return Shape(exception);
        }
        Wire.RequireClean(stream.ToArray(), Wire.IsForSmtpUtf8(MimeTarget.Shown(email)));
        _ = Email.FromMime(stream.ToArray());
        return "mime";
    }
}
