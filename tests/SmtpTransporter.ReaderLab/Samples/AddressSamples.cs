using MimeKit;

namespace SmtpTransport.ReaderLab.Samples;

/// <summary>Names and addresses that need quoting, encoding, or an extension of the server.</summary>
internal static class AddressSamples
{
    public static IReadOnlyList<Sample> All { get; } =
    [
        Name("name-comma", "Miller, Bob"),
        Name("name-quotes", "Bob \"The Hammer\" Miller"),
        Name("name-backslash", "Bob \\ Miller"),
        Name("name-dots", "J. R. R. Tolkien"),
        Name("name-parentheses", "Bob (Sales) Miller"),
        Name("name-at", "bob@example.com"),
        Name("name-semicolon-colon", "Team: Sales; Europe"),
        Name("name-french", "Zoë Müller"),
        Name("name-french-comma", "Müller, Zoë"),
        Name("name-french-quotes", "Zoë \"Zo\" Müller"),
        Name("name-french-at", "zoë@bücher"),
        Name("name-japanese-jis", "山田 太郎", MailMode.Iso2022Jp),
        Name("name-base64", "Łukasz Żółć, Kraków", MailMode.Utf8Base64),
        Name("name-encoded-word-lookalike", "=?utf-8?Q?Bob?="),
        Name("name-long", string.Join(' ', Enumerable.Repeat("Übersicht", 20))),
        Name("name-long-ascii", string.Join(' ', Enumerable.Repeat("Department", 20))),
        Address("idn", new EmailAddress("ann@bücher.example", "Ann"), "ann@xn--bcher-kva.example"),
        Address("smtputf8", new EmailAddress("zoë@bücher.example", "Zoë"), "zoë@xn--bcher-kva.example"),
        Address("quoted-local-part", new EmailAddress("\"a b\"@example.org", "Ann"), null),
        Address("domain-literal", new EmailAddress("ann@[192.0.2.1]", "Ann"), null),
        Many(),
        Group(),
    ];

    private static Sample Name(string name, string display, MailMode? mode = null) => new(name)
    {
        Email = new Email
        {
            From = new EmailAddress("me@example.com", display),
            To = new EmailAddresses([new EmailAddress("you@example.org", display), new EmailAddress("ann@example.org")]),
            Subject = "Names",
            TextBody = "Hello",
        },
        Header = mode ?? MailMode.Utf8,
    };

    private static Sample Address(string name, EmailAddress address, string? written) => new(name)
    {
        Email = new Email { From = "me@example.com", To = address, Subject = "Addresses", TextBody = "Hello" },
        Correction = seen => written is null ? seen : seen with { To = [[address.Name!, written]] },
    };

    private static Sample Many() => new("many-recipients")
    {
        Email = new Email
        {
            From = "me@example.com",
            To = new EmailAddresses(Enumerable.Range(1, 60).Select(i => new EmailAddress($"ann{i}@example.org", $"Ann {i} Ünï, née Óg"))),
            Subject = "Many",
            TextBody = "Hello",
        },
    };

    private static Sample Group()
    {
        var message = new MimeMessage { Subject = "A group", Body = new TextPart("plain") { Text = "Hello" } };
        message.From.Add(new MailboxAddress("Me", "me@example.com"));
        var members = new MailboxAddress[] { new("Ann", "ann@example.org"), new("Zoë", "zoe@example.org") };
        message.To.Add(new GroupAddress("Friends", members));
        return new("group")
        {
            Message = message,
            Correction = _ => new Seen
            {
                Subject = "A group",
                From = [["Me", "me@example.com"]],
                To = [["Ann", "ann@example.org"], ["Zoë", "zoe@example.org"]],
                Text = "Hello",
                Files = [],
            },
        };
    }
}
