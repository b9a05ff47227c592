namespace SmtpTransport.ReaderLab.Samples;

/// <summary>Subjects in many scripts, and subjects that look like syntax.</summary>
internal static class SubjectSamples
{
    private const string Japanese = "日本語の件名です";

    public static IReadOnlyList<Sample> All { get; } =
    [
        Subject("ascii", "Plain words"),
        Subject("french", "Déjà vu, ça alors : où êtes-vous ?"),
        Subject("french-base64", "Déjà vu, ça alors : où êtes-vous ?", MailMode.Utf8Base64),
        Subject("french-latin1", "Déjà vu, ça alors : où êtes-vous ?", MailMode.Iso88591),
        Subject("japanese", Japanese),
        Subject("japanese-jis", Japanese, MailMode.Iso2022Jp),
        Subject("japanese-jis-mixed", "Re: 会議 (3) の件 re: Meeting の議事録", MailMode.Iso2022Jp),
        Subject("japanese-jis-long", string.Concat(Enumerable.Repeat("長い件名です。", 30)), MailMode.Iso2022Jp),
        Subject("katakana-halfwidth", "ﾊﾝｶｸｶﾅの件名", MailMode.Iso2022Jp),
        Subject("emoji-joined", "Party 🎉 👩‍👩‍👧‍👦 now"),
        Subject("emoji-long", string.Concat(Enumerable.Repeat("🎉", 100))),
        Subject("arabic", "مرحبا بالعالم (تجربة)"),
        Subject("hebrew-base64", "שלום עולם, בדיקה", MailMode.Utf8Base64),
        Subject("devanagari", "नमस्ते दुनिया — परीक्षण"),
        Subject("thai-long", string.Concat(Enumerable.Repeat("สวัสดีชาวโลก", 12))),
        Subject("decomposed", "De\u0301ja\u0300 vu\u0308"),
        Subject("encoded-word-lookalike", "About =?utf-8?Q?caf=C3=A9?= in texts"),
        Subject("ends-with-mark", "Is it so =?"),
        Subject("long-token", "x" + new string('y', 150) + " after it"),
        Subject("long-ascii", string.Join(' ', Enumerable.Range(100, 60))),
        Subject("double-blanks", "two  blanks   three"),
        Subject("double-blanks-encoded", "zwei  Leerzeichen  für  Jörg  und  Zoë"),
        Subject("alternating", "Ünï test Ünï test Ünï, plain plain Ünï"),
        Subject("quotes", "He said \"no\" (twice), C:\\new; a=b"),
        Subject("underscore-encoded", "schöne_neue_Welt = 100 % ?"),
        Subject("empty-subject", ""),
        Subject("no-subject", null),
    ];

    private static Sample Subject(string name, string? subject, MailMode? mode = null) => new(name)
    {
        Email = new Email { From = "me@example.com", To = "you@example.org", Subject = subject, TextBody = "Hello" },
        Header = mode ?? MailMode.Utf8,
    };
}
