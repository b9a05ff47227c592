using System.Text;
using System.Text.RegularExpressions;
using MimeKit;
using MimeKit.Utils;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>The table of charsets: each mode with each kind of text in headers, bodies and attachment names.</summary>
public sealed partial class MailModeTests
{
    public static readonly IReadOnlyDictionary<string, string> Texts = new Dictionary<string, string>
    {
        ["ASCII"] = "Plain words",
        ["French"] = "Déjà vu, ça alors : où êtes-vous ?",
        ["Japanese"] = "日本語のテキスト、件名です",
        ["Cyrillic"] = "Привет, мир",
        ["emoji"] = "Party 🎉 👩‍👩‍👧‍👦",
        ["mix"] = "Ünï 日本 Привет 🎉 mix",
        ["wave dash"] = "10時～12時",
        ["half width"] = "ｱｲｳ",
        ["long French"] = string.Concat(Enumerable.Repeat("à é î õ ü, ", 40)) + "fin",
        ["long Japanese"] = string.Concat(Enumerable.Repeat("長い件名", 60)),
        ["long emoji"] = string.Concat(Enumerable.Repeat("🎉", 100)),
    };

    // The label and the encoding of headers and of bodies, as the contract has them.
    private static (string Label, char Word, string Body) Expected(MailMode mode, string text)
    {
        var ascii = Ascii.IsValid(text);
        if (mode == MailMode.Utf8)
            return ascii ? ("us-ascii", ' ', "7bit") : ("utf-8", 'Q', "quoted-printable");
        if (mode == MailMode.Utf8Base64)
            return ascii ? ("us-ascii", ' ', "7bit") : ("utf-8", 'B', "base64");
        if (mode == MailMode.Iso88591)
            return text.All(c => c < 256) ? ("iso-8859-1", ascii ? ' ' : 'Q', "8bit") : ("utf-8", 'Q', "8bit");
        if (ascii)
            return ("us-ascii", ' ', "7bit");
        return text == Texts["Japanese"] || text == Texts["long Japanese"] || text == Texts["Cyrillic"]
            ? ("iso-2022-jp", 'Q', "7bit")
            : ("utf-8", 'Q', "quoted-printable");
    }

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var mode in (MailMode[])[MailMode.Utf8, MailMode.Utf8Base64, MailMode.Iso88591, MailMode.Iso2022Jp])
            {
                foreach (var text in Texts.Keys)
                    cases.Add(mode.Value, text);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Headers_have_the_charset_and_the_encoding_of_the_mode(string modeValue, string key)
    {
        var (mode, text) = (MailMode.Parse(modeValue), Texts[key]);
        var (label, word, _) = Expected(mode, text);
        var email = new Email
        {
            From = new EmailAddress("me@example.com", text),
            To = "you@example.com",
            Subject = text,
            Comments = text,
            TextBody = "x",
        };

        var raw = Raw(email, mode);

        foreach (var field in (string[])["From", "Subject", "Comments"])
        {
            var value = Field(raw, field);
            Assert.All(value.Split("\r\n"), line => Assert.InRange(line.Length, 1, 78));
            var words = EncodedWord().Matches(value);
            Assert.Equal(word == ' ', words.Count == 0);
            Assert.All(words, w => Assert.InRange(w.Length, 1, 75));
            Assert.All(words, w => Assert.Equal((label, word), (w.Groups[1].Value, w.Groups[2].Value[0])));
            Assert.All(words, w => AssertWhole(w.Value));
        }

        var read = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(raw)), TestContext.Current.CancellationToken);
        Assert.Equal(text, read.Subject);
        Assert.Equal(text, read.From.Mailboxes.Single().Name);
        Assert.Equal(text, read.Headers["Comments"]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bodies_have_the_charset_and_the_encoding_of_the_mode(string modeValue, string key)
    {
        var (mode, text) = (MailMode.Parse(modeValue), Texts[key]);
        var (label, _, encoding) = Expected(mode, text);
        var email = new Email { From = "me@example.com", TextBody = text + "\nsecond line", HtmlBody = $"<p>{text}</p>" };

        var raw = Raw(email, mode);

        using var read = MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(raw)), TestContext.Current.CancellationToken);
        Assert.Equal([text + "\nsecond line", $"<p>{text}</p>"], [read.TextBody!.ReplaceLineEndings("\n"), read.HtmlBody!]);
        foreach (var part in read.BodyParts.OfType<TextPart>())
        {
            Assert.Equal(label, part.ContentType.Charset);
            // Long lines are the one reason to leave the mode's encoding.
            var expected = encoding is "7bit" or "8bit" && BytesOf(text, label) > 998 - 10 ? "quoted-printable" : encoding;
            Assert.Equal(expected, part.Headers[HeaderId.ContentTransferEncoding]);
        }

        Assert.All(raw.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        Assert.DoesNotContain('\n', raw.Replace("\r\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attachment_names_have_the_charset_of_the_mode(string modeValue, string key)
    {
        var (mode, name) = (MailMode.Parse(modeValue), Texts[key] + ".pdf");
        var (label, word, _) = Expected(mode, Texts[key]);
        foreach (var names in Enum.GetValues<AttachmentNameEncoding>())
        {
            var email = new Email
            {
                From = "me@example.com",
                To = "you@example.com",
                Attachments = { MailAttachment.FromBytes([1], name) },
            };
            using var outgoing = MessageBuilder.Build(email, new MimeWriteOptions(mode, mode, names), TimeProvider.System);
            using var stream = new MemoryStream();
            outgoing.Message.WriteTo(Dos, stream, TestContext.Current.CancellationToken);
            var raw = Encoding.ASCII.GetString(stream.ToArray());
            stream.Position = 0;
            using var read = MimeMessage.Load(stream, TestContext.Current.CancellationToken);

            Assert.Equal(name, ((MimePart)read.Attachments.Single()).FileName);
            Assert.Equal(name, read.Attachments.Single().ContentType.Name);
            Assert.All(raw.Split("\r\n").TakeWhile(l => l.Length > 0), line => Assert.InRange(line.Length, 1, 78));
            // The pieces of a charset with shifts do not join.
            var isInPieces = raw.Contains("name*0*=", StringComparison.Ordinal);
            var marker = names == AttachmentNameEncoding.Rfc2047 ? $"=?{label}?{word}?"
                : isInPieces && label == "iso-2022-jp" ? "=utf-8''"
                : $"={label}''";
            if (word != ' ')
                Assert.Contains(marker, raw, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("US-ASCII_UTF8_QP")]
    [InlineData("us-ascii_utf8_b64")]
    [InlineData("ISO-8859-1")]
    [InlineData("US-ASCII_ISO-2022-JP_UTF8_QP")]
    public void A_mode_parses_its_own_text(string value)
    {
        Assert.Equal(value, MailMode.Parse(value).ToString(), ignoreCase: true);
        Assert.Throws<ArgumentException>(() => MailMode.Parse(value + "x"));
    }

    [Fact]
    public void An_invalid_mode_is_an_error_that_lists_the_valid_ones()
    {
        var message = Assert.Throws<ArgumentException>("value", () => MailMode.Parse("utf-9")).Message;

        Assert.StartsWith(
            "\"utf-9\" is not a valid mode; valid modes: US-ASCII_UTF8_QP, US-ASCII_UTF8_B64, ISO-8859-1, US-ASCII_ISO-2022-JP_UTF8_QP.",
            message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("value", () => MailMode.Parse(null!));
        Assert.False(MailMode.TryParse(null, out _));
    }

    [Fact]
    public void A_body_with_long_lines_has_the_encoding_of_the_mode()
    {
        var email = new Email { From = "me@example.com", TextBody = new string('x', 2000) };

        Assert.Contains("Content-Transfer-Encoding: base64\r\n", Raw(email, MailMode.Utf8Base64), StringComparison.Ordinal);
        foreach (var mode in (MailMode[])[MailMode.Utf8, MailMode.Iso88591, MailMode.Iso2022Jp])
            Assert.Contains("Content-Transfer-Encoding: quoted-printable\r\n", Raw(email, mode), StringComparison.Ordinal);
    }

    [Fact]
    public void Latin_bodies_are_quoted_printable_in_MIME_text()
    {
        var email = new Email { From = "me@example.com", TextBody = "déjà" };

        var text = email.ToMime(bodyCharset: MailMode.Iso88591);

        Assert.Contains("d=E9j=E0", text, StringComparison.Ordinal);
        Assert.Contains("quoted-printable", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_7bit_body_has_no_byte_above_127()
    {
        var raw = Raw(new Email { From = "me@example.com", TextBody = "日本\u0080" }, MailMode.Iso2022Jp);

        Assert.DoesNotContain(raw, c => c >= 0x80);
        Assert.Contains("charset=utf-8", raw, StringComparison.Ordinal);
    }

    private static FormatOptions Dos
    {
        get
        {
            var options = FormatOptions.Default.Clone();
            options.NewLineFormat = NewLineFormat.Dos;
            return options;
        }
    }

    private static string Raw(Email email, MailMode mode)
    {
        using var stream = new MemoryStream();
        email.ToMime(stream, mode, mode);
        return Encoding.Latin1.GetString(stream.ToArray());
    }

    private static string Field(string raw, string name)
    {
        var head = raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        return Regex.Match(head, $@"^{name}: .*(?:\r\n[ \t].*)*", RegexOptions.Multiline).Value.TrimEnd('\r');
    }

    private static int BytesOf(string text, string label) => Encoding.GetEncoding(label).GetByteCount(text);

    // Each word alone is text: no half of a character, no shift left open.
    private static void AssertWhole(string word)
    {
        var bytes = Encoding.ASCII.GetBytes(word);
        var text = Rfc2047.DecodeText(bytes);
        Assert.DoesNotContain('\uFFFD', text);
        Assert.DoesNotContain("=?", text, StringComparison.Ordinal);
        if (word.StartsWith("=?iso-2022-jp", StringComparison.Ordinal))
            Assert.StartsWith("=1B=28B", word[word.LastIndexOf("=1B", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"=\?([^?]+)\?([QB])\?[^? ]*\?=")]
    private static partial Regex EncodedWord();
}
