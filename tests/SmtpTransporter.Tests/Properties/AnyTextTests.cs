using System.Text;
using CsCheck;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Any text in any property arrives unchanged, or is an error that names the property.</summary>
public sealed class AnyTextTests
{
    private const int Cases = 1500;

    private static readonly Gen<char> Letters = Gen.OneOf(
        Gen.Char['\0', '\u00FF'],
        Gen.Char['a', 'z'],
        Gen.OneOf(' ', ' ', '\r', '\n', '\t', '.', '"', '\\', '<', '>', '=', '?', '_', ';', ',', ':', '@', '(', ')', '%', '\'', '*', '/'),
        Gen.OneOf('é', 'ß', '日', '本', 'ｱ', '～', 'П', '\u2028', '\uFEFF', '\u200D', '\u0301', '\u0085'),
        Gen.Char['\u0100', '\uFFFF']);

    private static readonly Gen<string> Text = Gen.OneOf(
        Letters.Array[0, 40].Select(c => new string(c)),
        Letters.Array[0, 400].Select(c => new string(c)),
        // Surrogate pairs, which rarely result from single characters.
        Gen.Int[0x1F300, 0x1F6FF].Array[1, 60].Select(runes => string.Concat(runes.Select(char.ConvertFromUtf32))),
        Gen.OneOf("=?utf-8?Q?=41?=", "\r\n.\r\n", "\n.\n", "\r\nBcc: eve@evil.example\r\n", "From ", "..", "--", "=-=="));

    private static readonly Gen<MailMode> Mode = Gen.OneOf(MailMode.Utf8, MailMode.Utf8Base64, MailMode.Iso88591, MailMode.Iso2022Jp);

    private static readonly (
        string Property, Action<Email, string> Set, Func<MimeMessage, string?> Get, Func<string, string> Meant)[] Places =
    [
        ("Subject", (m, t) => m.Subject = t, m => m.Subject, t => t),
        ("Comments", (m, t) => m.Comments = t, m => m.Headers["Comments"], t => t),
        ("Headers[X-Any]", (m, t) => m.Headers.Add("X-Any", t), m => m.Headers["X-Any"], t => t),
        ("To", (m, t) => m.To = new EmailAddress("you@example.com", t), m => m.To.Mailboxes.Single().Name ?? "", t => t),
        ("Attachments",
            (m, t) => m.Attachments.Add(MailAttachment.FromBytes([1], $"a{t}z")),
            m => ((MimePart)m.Attachments.Single()).FileName,
            t => $"a{t}z"[($"a{t}z".LastIndexOfAny(['/', '\\']) + 1)..]),
        ("TextBody", (m, t) => m.TextBody = t, m => m.TextBody, t => t),
        ("HtmlBody", (m, t) => m.HtmlBody = t, m => m.HtmlBody, t => t),
    ];

    [Fact]
    public void Any_text_in_any_property_arrives_or_is_an_error_that_names_the_property() =>
        Gen.Select(Text, Mode, Gen.Int[0, Places.Length - 1]).Sample(
            (text, mode, index) =>
            {
                var (property, set, get, meant) = Places[index];
                var email = new Email { From = "me@example.com", To = "you@example.com" };
                set(email, text);
                using var stream = new MemoryStream();
                try
                {
                    email.ToMime(stream, mode, mode);
                }
                catch (InvalidOperationException exception)
                {
                    Assert.StartsWith(property, exception.Message, StringComparison.Ordinal);
                    // Only text that a message cannot contain is refused.
                    Assert.True(text.Any(c => char.IsControl(c) || char.IsSurrogate(c)), exception.Message);
                    return;
                }

                AssertClean(stream.ToArray());
                stream.Position = 0;
                using var read = MimeMessage.Load(stream);
                var (wanted, found) = (meant(text), get(read) ?? "");
                if (property.EndsWith("Body", StringComparison.Ordinal))
                    (wanted, found) = (Lines(wanted), Lines(found));
                else
                    // MimeKit trims spaces at both ends, even from encoded words.
                    (wanted, found) = (wanted.Trim(), found.Trim());
                Assert.Equal(wanted, found);
            },
            iter: Cases, threads: 1);

    [Fact]
    public void Any_text_is_an_address_or_an_error() =>
        Text.Sample(
            text =>
            {
                if (!EmailAddresses.TryParse(text, out var addresses))
                {
                    Assert.Throws<FormatException>(() => EmailAddresses.Parse(text));
                    return;
                }

                foreach (var address in addresses)
                    Assert.Null(AddressSpec.Check(address.Email));
                Assert.Equal(addresses.ToString(), EmailAddresses.Parse(addresses.ToString()).ToString());
            },
            iter: Cases, threads: 1);

    [Fact]
    public void Any_bytes_are_an_email_or_a_format_error() =>
        Gen.Select(
            Gen.OneOf("", "Subject: x\n\n", "Content-Type: multipart/mixed; boundary=x\n\n--x\n", "Content-Type: text/plain; charset="),
            Text).Sample(
            (head, text) =>
            {
                Email email;
                try
                {
                    email = Email.FromMime(head + text);
                }
                catch (FormatException)
                {
                    return;
                }

                try
                {
                    AssertClean(Encoding.Latin1.GetBytes(SentMessage.Write(email)));
                }
                catch (EmailContentException exception)
                {
                    Assert.Contains("does not fit on a line", exception.Message, StringComparison.Ordinal);
                }
            },
            iter: Cases, threads: 1);

    [Fact]
    public void Any_text_is_valid_options_or_an_argument_error() =>
        Gen.Select(Gen.OneOf("", "smtp://", "smtps://", "smtp://host?", "smtp://u:p@host:"), Text).Sample(
            (head, text) =>
            {
                try
                {
                    Assert.NotEmpty(ServerOptions.Parse(head + text).Host);
                }
                catch (ArgumentException exception)
                {
                    Assert.NotEmpty(exception.Message);
                }
            },
            iter: Cases, threads: 1);

    [Fact]
    public void Any_JSON_is_an_email_or_a_format_error() =>
        Gen.Select(Gen.OneOf("", "{", "{\"subject\":", "{\"from\":[", "{\"bodyStructure\":{"), Text).Sample(
            (head, text) =>
            {
                try
                {
                    _ = Email.FromJson(head + text).ToJson();
                }
                catch (FormatException exception)
                {
                    Assert.NotEmpty(exception.Message);
                }
            },
            iter: Cases, threads: 1);

    /// <summary>There is no bare CR or LF and no line is too long; the headers have only printable ASCII and spaces.</summary>
    private static void AssertClean(ReadOnlySpan<byte> mime)
    {
        var text = Encoding.Latin1.GetString(mime);
        var bare = text.Replace("\r\n", "", StringComparison.Ordinal);
        Assert.DoesNotContain('\r', bare);
        Assert.DoesNotContain('\n', bare);
        Assert.DoesNotContain('\0', bare);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 998));
        var headers = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
        Assert.DoesNotContain(headers.Replace("\r\n", "", StringComparison.Ordinal), c => c is (< ' ' and not '\t') or > '~');
    }

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').TrimEnd('\n');
}
