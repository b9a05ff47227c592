using System.Text.Json;

namespace SmtpTransport.IntegrationTests.Readers;

/// <summary>Python's email package reads messages in every mode.</summary>
public sealed class PythonReaderTests : Scratch
{
    private const string Script = """
        import email, email.header, email.policy, email.utils, json, sys, pathlib
        out = {}
        for path in sorted(pathlib.Path('.').glob('*.eml')):
            m = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            # The newer parser of addresses puts a blank between two encoded words of a name, against RFC 2047, 6.2; the older one does not.
            sender = email.utils.parseaddr(email.message_from_bytes(path.read_bytes())['from'])[0]
            name = str(email.header.make_header(email.header.decode_header(sender)))
            text = m.get_body(('plain',)); html = m.get_body(('html',)); files = list(m.iter_attachments())
            out[path.stem] = {
                'subject': m['subject'], 'name': name,
                'text': text.get_content().replace('\r\n', '\n').rstrip('\n'),
                'html': html.get_content().replace('\r\n', '\n').rstrip('\n'),
                'file': files[0].get_filename(), 'defects': [str(d) for part in m.walk() for d in part.defects],
            }
        print(json.dumps(out))
        """;

    private static readonly Dictionary<string, string> Texts = new()
    {
        ["ascii"] = "Plain words",
        ["french"] = "Déjà vu, ça alors : où êtes-vous ?",
        ["japanese"] = "日本語のテキスト、件名です",
        ["cyrillic"] = "Привет, мир",
        ["emoji"] = "Party 🎉 👩‍👩‍👧‍👦",
        ["mix"] = "Ünï 日本 Привет 🎉 mix",
        ["wave"] = "10時～12時 ①②－∥",
        ["longfrench"] = string.Concat(Enumerable.Repeat("à é î õ ü, ", 40)) + "fin",
        ["longjapanese"] = string.Concat(Enumerable.Repeat("長い件名です。", 40)),
        ["longemoji"] = string.Concat(Enumerable.Repeat("🎉", 100)),
    };

    private static readonly (string Name, MailMode Mode)[] Modes =
        [("utf8", MailMode.Utf8), ("b64", MailMode.Utf8Base64), ("latin", MailMode.Iso88591), ("jp", MailMode.Iso2022Jp)];

    [Fact]
    public async Task Python_reads_the_same_text_in_every_mode()
    {
        foreach (var (name, mode) in Modes)
        {
            foreach (var (key, text) in Texts)
            {
                var email = new Email
                {
                    From = new EmailAddress("me@example.com", text),
                    To = "you@example.com",
                    Subject = text,
                    TextBody = text + "\nsecond line",
                    HtmlBody = $"<p>{text}</p>",
                    Attachments = { MailAttachment.FromBytes([1, 2, 3], text + ".pdf") },
                };
                using var stream = new MemoryStream();
                email.ToMime(stream, mode, mode);
                Write($"{name}-{key}.eml", stream.ToArray());
            }
        }

        using var read = JsonDocument.Parse(await RunAsync("/usr/bin/python3", "-c", Script));

        foreach (var (name, _) in Modes)
        {
            foreach (var (key, text) in Texts)
            {
                var found = read.RootElement.GetProperty($"{name}-{key}");
                Assert.Equal([], found.GetProperty("defects").EnumerateArray().Select(d => d.GetString()));
                Assert.Equal(text, found.GetProperty("subject").GetString());
                Assert.Equal(text, found.GetProperty("name").GetString());
                Assert.Equal(text + "\nsecond line", found.GetProperty("text").GetString());
                Assert.Equal($"<p>{text}</p>", found.GetProperty("html").GetString());
                Assert.Equal(text + ".pdf", found.GetProperty("file").GetString());
            }
        }
    }
}
