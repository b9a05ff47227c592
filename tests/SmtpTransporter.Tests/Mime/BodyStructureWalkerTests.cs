using System.Text;
using System.Text.Json;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class BodyStructureWalkerTests
{
    private static Email Structured(MailPart root, params (string Id, string Text)[] values) => new()
    {
        From = "me@example.com",
        To = "you@example.com",
        BodyStructure = root,
        BodyValues = values.ToDictionary(v => v.Id, v => new MailBodyValue(v.Text)),
    };

    private static MimeMessage Parsed(Email email) => MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime())));

    private static MailPart Multipart(string subtype, params MailPart[] parts)
    {
        var multipart = new MailPart { Type = $"multipart/{subtype}" };
        foreach (var part in parts)
            multipart.SubParts.Add(part);
        return multipart;
    }

    [Fact]
    public void A_tree_is_written_with_all_its_properties()
    {
        var flowed = new MailPart
        {
            PartId = "t",
            Parameters = { ["format"] = "flowed" },
            Language = { "de", "en" },
            Location = "http://x.example/a b",
        };
        flowed.Headers.Add("Content-Description", "The text");
        flowed.Headers.Add("Content-Type", "ignored");
        var calendar = new MailPart
        {
            PartId = "c",
            Type = "text/calendar",
            Charset = "utf-8",
            Encoding = "base64",
            Parameters = { ["method"] = "REQUEST" },
        };

        var read = Parsed(Structured(Multipart("alternative", flowed, calendar), ("t", "Grüße"), ("c", "BEGIN:VCALENDAR")));

        var parts = ((MultipartAlternative)read.Body!).OfType<TextPart>().ToList();
        Assert.Equal(["Grüße", "BEGIN:VCALENDAR"], parts.Select(p => p.Text.TrimEnd()));
        Assert.Equal("flowed", parts[0].ContentType.Parameters["format"]);
        Assert.Equal("de, en", parts[0].Headers[HeaderId.ContentLanguage]);
        Assert.Equal("The text", parts[0].Headers[HeaderId.ContentDescription]);
        Assert.Equal("http://x.example/a b", parts[0].Headers[HeaderId.ContentLocation]);
        Assert.Equal(("REQUEST", ContentEncoding.Base64), (parts[1].ContentType.Parameters["method"], parts[1].ContentTransferEncoding));
    }

    public static TheoryData<string, Email> Wrong
    {
        get
        {
            var cycle = Multipart("mixed");
            cycle.SubParts.Add(cycle);
            cycle.SubParts.Add(cycle);
            var deep = new MailPart { PartId = "1" };
            for (var i = 0; i < 1000; i++)
                deep = Multipart("mixed", deep);
            var text = new MailPart { PartId = "1" };
            var withText = Structured(Multipart("mixed", new MailPart { PartId = "1", Type = "text/html" }), ("1", "x"));
            withText = new Email { TextBody = "beside the tree", BodyStructure = withText.BodyStructure, BodyValues = withText.BodyValues };
            return new()
            {
                { "BodyStructure", new Email { BodyStructure = text } },
                { "BodyStructure", new Email { BodyValues = new Dictionary<string, MailBodyValue>() } },
                { "BodyStructure", Structured(text) },
                { "BodyValues", Structured(text, ("1", "x"), ("2", "y")) },
                { "BodyStructure", Structured(Multipart("mixed", text, new MailPart { PartId = "1" }), ("1", "x")) },
                { "BodyStructure", Structured(cycle) },
                { "BodyStructure", Structured(deep, ("1", "x")) },
                { "BodyStructure", Structured(Multipart("mixed", text, null!), ("1", "x")) },
                { "BodyStructure", Structured(new MailPart()) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Type = null! }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Type = "nonsense" }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Type = "text/plain; charset=x" }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Charset = "utf-8\r\nX: y" }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Disposition = "x" }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", Parameters = { ["a b"] = "c" } }, ("1", "x")) },
                { "BodyStructure", Structured(new MailPart { PartId = "1", SubParts = { text } }, ("1", "x")) },
                { "BodyValues", Structured(text, ("1", "half a pair \ud800")) },
                { "TextBody", withText },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void An_invalid_tree_is_an_error_that_names_the_property(string property, Email email)
    {
        Assert.StartsWith(property, Assert.Throws<InvalidOperationException>(() => email.ToMime()).Message, StringComparison.Ordinal);
        // Reading the texts does not throw.
        _ = email.TextBody;
    }

    [Theory]
    [InlineData("unknown-charset", "quoted-printable")]
    [InlineData("iso-8859-1", "quoted-printable")]
    [InlineData("us-ascii", "quoted-printable")]
    public void A_charset_that_cannot_represent_the_text_is_replaced(string charset, string encoding)
    {
        var read = Parsed(Structured(new MailPart { PartId = "1", Charset = charset, Encoding = "7bit" }, ("1", "日本")));

        Assert.Equal("日本", ((TextPart)read.Body!).Text.TrimEnd());
        Assert.Equal(("utf-8", encoding), (read.Body.ContentType.Charset, read.Body.Headers[HeaderId.ContentTransferEncoding]));
    }

    private const string Received = "From: a@x.example\r\nTo: b@y.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        + "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain\r\n\r\nold text\r\n--c\r\n"
        + "Content-Type: text/html\r\n\r\n<p>old</p>\r\n--c--\r\n"
        + "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n"
        + "\r\nAAEC\r\n--b--\r\n";

    [Fact]
    public void A_received_email_can_be_changed_and_sent_again()
    {
        var email = Email.FromMime(Received);
        Assert.Equal(("old text", "<p>old</p>"), (email.TextBody, email.HtmlBody));
        Assert.Equal([0, 1, 2], Assert.Single(email.Attachments).GetContent());

        email.TextBody = "new text";
        email.HtmlBody = null;
        email.Attachments.Clear();
        email.Attachments.Add(MailAttachment.FromBytes([3], "new.png"));
        email.To = "c@z.example";

        var read = Parsed(email);
        Assert.Equal("new text", read.TextBody!.TrimEnd());
        Assert.Null(read.HtmlBody);
        Assert.Equal("new.png", Assert.Single(read.Attachments.OfType<MimePart>()).FileName);
        Assert.Equal("c@z.example", read.To.ToString());
        var alternative = (Multipart)((Multipart)read.Body!)[0];
        Assert.Equal(("text/plain", 1), (alternative[0].ContentType.MimeType, alternative.Count));
    }

    [Fact]
    public void The_properties_of_received_emails_are_read()
    {
        var email = Email.FromMime("Return-Path: <bounce@x.example>\r\nReceived: from a by b; Mon, 2 Mar 2026 10:11:12 +0100\r\n"
            + "Received: from c by a; Mon, 2 Mar 2026 09:00:00 +0100\r\n" + Received);

        Assert.Equal("bounce@x.example", email.ReturnPath);
        Assert.Equal(new DateTimeOffset(2026, 3, 2, 10, 11, 12, TimeSpan.FromHours(1)), email.ReceivedAt);
        Assert.True(email.Size > 300);
        Assert.Equal("", Email.FromMime("Return-Path: <>\r\n" + Received).ReturnPath);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("no header at all")]
    [InlineData("From: <<<>>>@@@\nTo: ;;;,,,\nSubject: =?x?y?z?=\nDate: never\nMessage-ID: <<>>\nContent-Type: ///; ;;\n\nbody")]
    [InlineData("Content-Type: multipart/mixed\n\nno boundary")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\n\n--x\n\nnever ends")]
    [InlineData("Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: nonsense\n\n\u00ff\u00fe")]
    [InlineData("Content-Type: message/rfc822\n\n")]
    [InlineData("Subject: a\0b\n\nc\0d")]
    public void Malformed_input_is_an_email_that_can_be_written_or_a_format_error(string mime)
    {
        Email email;
        try
        {
            email = Email.FromMime(Encoding.Latin1.GetBytes(mime));
        }
        catch (FormatException exception)
        {
            Assert.NotEmpty(exception.Message);
            return;
        }

        Assert.NotEmpty(email.ToMime());
        Assert.NotEmpty(Email.FromJson(email.ToJson()).ToMime());
    }

    [Fact]
    public void Deep_nesting_and_long_lines_can_be_read_and_written()
    {
        var deep = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
            deep.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\n\n--b").Append(i).Append('\n');

        var email = Email.FromMime(deep.ToString());
        Assert.NotNull(email.BodyStructure);
        Assert.Equal(deep.ToString().ReplaceLineEndings("\r\n"), email.ToMime());
        Assert.NotEmpty(Email.FromJson(email.ToJson()).ToMime());

        Assert.Equal(10_000_000, Email.FromMime("Subject: x\n\n" + new string('x', 10_000_000)).TextBody!.Length);
    }

    [Fact]
    public void JSON_has_the_shape_of_the_model()
    {
        var email = Email.FromJson(
            """
            {
              "from": "a@x",
              "to": [{"name": "B", "email": "b@x"}, "c@x, d@x"],
              "subject": "日本",
              "keywords": {"one": true, "two": false},
              "sendAt": "2026-01-02T03:04:05Z",
              "headers": [{"name": "X-A", "value": "b"}],
              "textBody": "t",
              "attachments": [{"name": "a.txt", "content": "AAEC"}]
            }
            """);

        Assert.Equal(("a@x", "B <b@x>, c@x, d@x"), (email.From.ToString(), email.To.ToString()));
        Assert.Equal(("日本", "t", "one"), (email.Subject, email.TextBody, Assert.Single(email.Keywords)));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), email.SendAt);
        Assert.Equal([0, 1, 2], email.Attachments[0].GetContent());
        Assert.Equal(email.ToJson(), Email.FromJson(email.ToJson()).ToJson());
    }

    [Fact]
    public void JSON_has_keywords_as_a_set_and_one_inReplyTo_as_text()
    {
        var email = new Email { Keywords = { "one", "two words", "one" }, InReplyTo = "<a@x>" };

        Assert.Equal("""{"inReplyTo":"\u003Ca@x\u003E","keywords":{"one":true,"two words":true}}""", Sorted(email.ToJson()));
        Assert.Equal(["one", "two words"], Email.FromJson(email.ToJson()).Keywords);
        Assert.Equal("<a@x>", Email.FromJson(email.ToJson()).InReplyTo);
        var arrays = Email.FromJson("""{"keywords": ["one", "two"], "inReplyTo": ["<a@x>", "<b@x>"]}""");
        Assert.Equal(["one", "two"], arrays.Keywords);
        Assert.Equal("<a@x> <b@x>", arrays.InReplyTo);

        static string Sorted(string json)
        {
            var properties = JsonDocument.Parse(json).RootElement.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal);
            return "{" + string.Join(',', properties.Select(p => $"\"{p.Name}\":{p.Value.GetRawText()}")) + "}";
        }
    }

    [Theory]
    [InlineData("partId")]
    [InlineData("partID")]
    public void JSON_may_spell_the_id_of_a_part_as_the_model_or_as_JMAP(string name)
    {
        var email = Email.FromJson(
            $$"""{"bodyStructure": {"type": "text/plain", "{{name}}": "1"}, "bodyValues": {"1": {"value": "Hello"} } }""");

        Assert.Equal("1", email.BodyStructure!.PartId);
        Assert.Equal("Hello", email.TextBody);
        Assert.Contains("\"partId\":\"1\"", email.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"bodyStructure": {"partId": "1", "partID": "1"}, "bodyValues": {}}""", "partID")]
    [InlineData("""{"from": "a@x", "nonsense": 1}""", "nonsense")]
    [InlineData("""{"From": "a@x"}""", "the property \"From\" is unknown. Is it \"from\"? ($.From, line 1, byte 9)")]
    [InlineData("""{"headers": [{"Name": "X-A"}]}""", "the property \"Name\" is unknown. Is it \"name\"?")]
    [InlineData("""{"attachments": [{"zzz": 1}]}""", "the property \"zzz\" is unknown; known are blobId, cid, content")]
    [InlineData("{\n\"from\": \"a@x\" \"to\": 1}", "Expected either ',', '}', or ']' (line 2, byte ")]
    [InlineData("""{"subject": 1}""", "subject")]
    [InlineData("""{"subject": "a", "subject": "b"}""", "subject")]
    [InlineData("""{"to": [1]}""", "to")]
    [InlineData("""{"to": {"name": "x"}}""", "email")]
    [InlineData("""{"to": {"email": "x", "email": "y"}}""", "email")]
    [InlineData("""{"to": {"mail": "x"}}""", "mail")]
    [InlineData("""{"size": 1e999}""", "size")]
    [InlineData("""{"sendAt": "yesterday"}""", "sendAt")]
    [InlineData("""{"attachments": [{"path": "/etc/passwd", "content": ""}]}""", "path")]
    [InlineData("""{"attachments": [{"name": "x"}]}""", "content")]
    [InlineData("""{"attachments": [null]}""", "attachments")]
    [InlineData("""{"bodyStructure": {"blobId": "a1"}, "bodyValues": {}}""", "blobId")]
    [InlineData("""{"bodyValues": {"1": null}}""", "bodyValues")]
    [InlineData("[]", "mail")]
    [InlineData("null", "null")]
    [InlineData("", "mail")]
    [InlineData("{", "mail")]
    public void Invalid_JSON_is_a_format_error_that_names_the_property(string json, string named)
    {
        Assert.Contains(named, Assert.Throws<FormatException>(() => Email.FromJson(json)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JSON_that_is_nested_too_deeply_is_a_format_error() =>
        Assert.Throws<FormatException>(
            () => Email.FromJson(string.Concat(Enumerable.Repeat("""{"bodyStructure":{"subParts":[""", 10_000))));
}
