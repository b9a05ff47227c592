namespace SmtpTransport.ReaderLab.Samples;

/// <summary>Texts in every charset and encoding, with lines that transports and mailboxes know to change.</summary>
internal static class TextSamples
{
    private const string French = "Déjà vu\nça alors, où êtes-vous ?";
    private const string Japanese = "日本語の本文です。\n二行目 (ASCII) です。";

    public static IReadOnlyList<Sample> All { get; } =
    [
        Text("text-empty", ""),
        Text("text-newlines", "\n\n\n"),
        Text("text-dots", ".\n..\n...a\n.hidden\n"),
        Text("text-from-lines", "From me to you\n>From here\nFrom: x\n\nFrom there\n"),
        Text("text-trailing-blanks", "blank \ntab\t\n -- \n-- \nend  "),
        Text("text-no-final-newline", "no newline at the end"),
        Text("text-long-line", new string('a', 3000) + "\nshort\n"),
        Text("text-long-line-words", string.Join(' ', Enumerable.Range(10000, 400)) + "\n"),
        Text("text-equals", "a=b =3D =20\n=\n==\n=\n"),
        Text("text-dashes", "--\n-- \n--boundary\n--=-\n"),
        Text("text-header-lookalike", "Subject: not a field\nContent-Type: text/html\n\n<b>text</b>\n"),
        Text("text-uuencode-lookalike", "begin 644 file.txt\nnot encoded at all\nend\n"),
        Text("text-yenc-pgp-lookalike", "-----BEGIN PGP MESSAGE-----\n\nnothing\n-----END PGP MESSAGE-----\n"),
        Text("text-controls", "tab\there\fform feed\n"),
        Text("text-separators", "one\u2028two\u0085three\u00a0four\u00adfive\n"),
        Text("text-bom", "\ufeffStarts with a mark\n"),
        Text("text-decomposed", "De\u0301ja\u0300\n"),
        Text("text-french", French),
        Text("text-french-base64", French, MailMode.Utf8Base64),
        Text("text-french-8bit", French, MailMode.Iso88591),
        Text("text-russian-8bit", "Привет, мир\n", MailMode.Iso88591),
        Text("text-japanese", Japanese),
        Text("text-japanese-jis", Japanese, MailMode.Iso2022Jp),
        Text("text-emoji-base64", "🎉 👩‍👩‍👧‍👦\n", MailMode.Utf8Base64),
        Html("html-only", "<p>Grüße</p>\n"),
        Html("html-charset-lookalike", "<meta charset=\"iso-8859-15\"><p>Grüße für 5 €</p>\n"),
        Flowed(),
    ];

    private static Sample Text(string name, string text, MailMode? mode = null) => new(name)
    {
        Email = new Email { From = "me@example.com", To = "you@example.org", Subject = "Text", TextBody = text },
        Body = mode ?? MailMode.Utf8,
    };

    private static Sample Html(string name, string html) => new(name)
    {
        Email = new Email { From = "me@example.com", To = "you@example.org", Subject = "HTML", HtmlBody = html },
    };

    private static Sample Flowed()
    {
        var email = new Email
        {
            From = "me@example.com",
            To = "you@example.org",
            Subject = "Flowed",
            BodyStructure = new MailPart { PartId = "1", Parameters = { ["format"] = "flowed", ["delsp"] = "no" } },
            BodyValues = new Dictionary<string, MailBodyValue> { ["1"] = new("A paragraph that \ngoes on.\n> quoted \n> too\n") },
        };
        return new("text-flowed") { Email = email };
    }
}
