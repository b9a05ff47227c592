using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests rows 25 to 28 of the table of bad inputs: each text of a header or an envelope with each character that is forbidden there. The
/// error names the property, and no connection is opened.
/// </summary>
public sealed class BadTextTests : SocketTest
{
    private static readonly Dictionary<string, string> Bad = new()
    {
        ["25 CR LF"] = "\r\nBcc: e@x.example",
        ["25 LF"] = "\nBcc: e@x.example",
        ["25 CR"] = "\rBcc: e@x.example",
        ["26 NUL"] = "\0",
        ["27 C1"] = "\u009b",
        ["28 half a pair"] = "\ud83c",
    };

    private static readonly Dictionary<string, Action<Email, string>> Places = new()
    {
        ["From"] = (m, t) => m.From = new EmailAddress($"a{t}b@x.example"),
        ["To"] = (m, t) => m.To = new EmailAddress($"a@x{t}y.example"),
        ["Cc"] = (m, t) => m.Cc = new EmailAddress("a@x.example", $"Ann{t}A"),
        ["Bcc"] = (m, t) => m.Bcc = new EmailAddress($"a{t}b@x.example"),
        ["Sender"] = (m, t) => m.Sender = new EmailAddress("a@x.example", $"Ann{t}A"),
        ["ReplyTo"] = (m, t) => m.ReplyTo = new EmailAddress("a@x.example", $"Ann{t}A"),
        ["ReturnPath"] = (m, t) => m.ReturnPath = $"a{t}b@x.example",
        ["Subject"] = (m, t) => m.Subject = $"a{t}b",
        ["Comments"] = (m, t) => m.Comments = $"a{t}b",
        ["Keywords"] = (m, t) => m.Keywords.Add($"a{t}b"),
        ["MessageId"] = (m, t) => m.MessageId = $"a{t}b@x.example",
        ["InReplyTo"] = (m, t) => m.InReplyTo = $"a{t}b@x.example",
        ["References"] = (m, t) => m.References.Add($"a{t}b@x.example"),
        ["Headers (name)"] = (m, t) => m.Headers.Add($"X{t}Y", "z"),
        ["Headers (value)"] = (m, t) => m.Headers.Add("X-Y", $"a{t}b"),
        ["Attachments (name)"] = (m, t) => m.Attachments.Add(MailAttachment.FromBytes([1], $"a{t}b")),
        ["Attachments (cid)"] = (m, t) => m.Attachments.Add(MailAttachment.FromBytes([1], "a", $"a{t}b")),
        ["Attachments (type)"] = (m, t) => m.Attachments.Add(MailAttachment.FromBytes([1], "a", type: $"text/pl{t}ain")),
        ["EnvelopeId"] = (m, t) => m.EnvelopeId = $"a{t}b",
        ["BodyStructure (charset)"] = (m, t) => Tree(m, new MailPart { PartId = "1", Type = "text/plain", Charset = $"utf{t}8" }),
        ["BodyStructure (parameter)"] = (m, t) =>
            Tree(m, new MailPart { PartId = "1", Type = "text/plain", Parameters = { ["boundary"] = $"a{t}b" } }),
        ["BodyStructure (name)"] = (m, t) => Tree(m, new MailPart { PartId = "1", Type = "text/plain", Name = $"a{t}b" }),
        ["BodyStructure (location)"] = (m, t) => Tree(m, new MailPart { PartId = "1", Type = "text/plain", Location = $"a{t}b" }),
    };

    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var bad in Bad.Keys)
            {
                foreach (var place in Places.Keys)
                    rows.Add(bad, place);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_forbidden_character_is_an_error_that_names_the_property(string bad, string place)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        foreach (var async in (bool[])[false, true])
        {
            var email = NewMail();
            Places[place](email, Bad[bad]);

            var result = await SendAsync(transporter, async, email);

            Assert.True(result.Outcome == Outcome.NotSent, Describe(result));
            Assert.All(result.Errors, e => Assert.Equal("mail", e.ComponentSignature));
            Assert.StartsWith(place.Split(' ')[0], result.Errors[^1].Message, StringComparison.Ordinal);
            Assert.DoesNotContain(result.Errors, e => e.ErrCode == SmtpErrorCodes.Unexpected);
        }

        Assert.Empty(server.Sessions);
    }

    public static TheoryData<string> TreeNames => [.. Trees.Select(row => row.Data.Item1)];

    private static TheoryData<string, Action<Email>, string> Trees => new()
    {
        { "47 text/", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", type: "text/")), "Attachments" },
        { "47 open quote", m => m.Attachments.Add(MailAttachment.FromBytes([1], "a", type: "text/plain; charset=\"")), "Attachments" },
        { "50 no value", m => Tree(m, new MailPart { PartId = "2", Type = "text/plain" }), "BodyStructure" },
        { "50 id twice", m => Tree(m, Mixed(
            new MailPart { PartId = "1", Type = "text/plain" }, new MailPart { PartId = "1", Type = "text/plain" })), "BodyStructure" },
        { "50 a cycle", m => Tree(m, Cycle()), "BodyStructure" },
        { "50 1,000 deep", m => Tree(m, Deep(1000)), "BodyStructure" },
        {
            "50 values alone",
            m => { m.TextBody = null; m.BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = "x" }; },
            "BodyStructure"
        },
        { "References null", m => m.References.Add(null!), "References" },
        { "Keywords null", m => m.Keywords.Add(null!), "Keywords" },
        { "Attachments null", m => m.Attachments.Add(null!), "Attachments" },
    };

    [Theory]
    [MemberData(nameof(TreeNames))]
    public async Task An_invalid_email_is_an_error_that_names_the_property(string row)
    {
        var (_, change, property) = Trees.Single(r => r.Data.Item1 == row).Data;
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        foreach (var async in (bool[])[false, true])
        {
            var email = NewMail();
            change(email);

            var result = await SendAsync(transporter, async, email);

            Assert.True(result.Outcome == Outcome.NotSent, $"{row}: {Describe(result)}");
            Assert.StartsWith(property, result.Errors[^1].Message, StringComparison.Ordinal);
            Assert.All(result.Errors, e => Assert.Equal("mail", e.ComponentSignature));
        }

        Assert.Empty(server.Sessions);
    }

    [Fact]
    public void An_empty_address_is_an_argument_error() =>
        Assert.Throws<ArgumentNullException>(() => new EmailAddress("a@x.example") with { Email = null! });

    private static void Tree(Email email, MailPart root)
    {
        (email.TextBody, email.BodyStructure) = (null, root);
        email.BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = "x" };
    }

    private static MailPart Mixed(params MailPart[] parts)
    {
        var mixed = new MailPart { Type = "multipart/mixed" };
        foreach (var part in parts)
            mixed.SubParts.Add(part);
        return mixed;
    }

    private static MailPart Cycle()
    {
        var part = Mixed(new MailPart { PartId = "1", Type = "text/plain" });
        part.SubParts.Add(part);
        return part;
    }

    private static MailPart Deep(int levels)
    {
        var part = new MailPart { PartId = "1", Type = "text/plain" };
        for (var i = 0; i < levels; i++)
            part = Mixed(part);
        return part;
    }
}
