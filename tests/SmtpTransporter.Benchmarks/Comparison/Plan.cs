namespace SmtpTransport.Benchmarks;

/// <summary>The duration of the comparison. The warm-up ends after its messages or its seconds, whichever comes first.</summary>
internal sealed record Budget(int Rounds, double SecondsPerRound, int WarmUpMessages, double WarmUpSeconds);

/// <summary>A client in a scenario.</summary>
internal sealed record Entry(string Client, int Connections = 1);

/// <summary>One table: the same messages to the same sink over the same link.</summary>
internal sealed record Scenario(MailSize Size, bool Tls, Link Link, bool Chunking, IReadOnlyList<Entry> Entries)
{
    public string Title => string.Join(", ",
        Size switch { MailSize.Small => "1 KB of text", MailSize.Letter => "20 KB of text and HTML", _ => "attachment of 1 MB" },
        Tls ? "TLS" : "plain",
        Link switch { Link.RoundTrip20 => "20 ms", Link.Mtu1500 => "0 ms, MTU 1500", _ => "0 ms" },
        Chunking ? "CHUNKING" : "no CHUNKING");
}

/// <summary>The measurements. Another message size, another way to send or another client is one more line here.</summary>
internal sealed record Plan(Budget Budget, IReadOnlyList<Scenario> Scenarios)
{
    private static readonly Entry[] Others =
        [new("system-net-mail"), new("nodemailer"), new("go"), new("java"), new("python"), new("libcurl"), new("smtp-source")];

    private static readonly Entry[] Few =
    [
        new("mailkit-async"), new("mailkit-each"), new("ours-async"), new("ours-sync"), new("ours-merge"), new("ours-async", 4),
        .. Others,
    ];

    private static readonly Entry[] Nearest =
    [
        new("mailkit-async"), new("ours-async"), new("ours-sync"), new("ours-overlap-1"), new("ours-overlap-8"), new("nodemailer"),
    ];

    private static readonly Entry[] All =
    [
        new("mailkit-async"), new("mailkit-async", 8), new("mailkit-sync"), new("mailkit-each"),
        .. from client in new[] { "ours-async", "ours-sync" }
           from connections in new[] { 1, 2, 4, 8 }
           select new Entry(client, connections),
        new("ours-overlap-8"), new("ours-merge"), .. Others, new("nodemailer", 8), new("smtp-source", 8),
    ];

    /// <summary>The clients in scenarios without CHUNKING: only this library uses CHUNKING by default.</summary>
    private static readonly Entry[] WithoutChunking =
        [new("mailkit-async"), new("ours-async"), new("ours-sync"), new("ours-overlap-1"), new("smtp-source")];

    /// <param name="filter">A part of the titles that are wanted, in any case; null for all.</param>
    public static Plan Of(string extent, string? filter)
    {
        var plan = extent == "quick" ? Quick : Full;
        return plan with
        {
            Scenarios = [.. plan.Scenarios.Where(s => filter is null || s.Title.Contains(filter, StringComparison.OrdinalIgnoreCase))],
        };
    }

    private static Plan Quick => new(new(4, 0.25, 4000, 1.5),
    [
        new(MailSize.Small, false, Link.Loopback, true, Few),
        new(MailSize.Small, true, Link.Loopback, true, Few),
        new(MailSize.Attachment, false, Link.Loopback, true, Few),
        new(MailSize.Attachment, false, Link.Mtu1500, true, Few),
        new(MailSize.Small, false, Link.RoundTrip20, true, [.. Few, new("ours-async", 8), new("ours-overlap-8")]),
        new(MailSize.Small, true, Link.RoundTrip20, true, Nearest),
        new(MailSize.Small, false, Link.RoundTrip20, false, Nearest),
        new(MailSize.Small, true, Link.RoundTrip20, false, Nearest),
        new(MailSize.Small, false, Link.Loopback, false, WithoutChunking),
    ]);

    private static Plan Full => new(new(5, 1.0, 10_000, 6),
    [
        .. from link in new[] { Link.Loopback, Link.RoundTrip20 }
           from size in Enum.GetValues<MailSize>()
           from tls in new[] { false, true }
           select new Scenario(size, tls, size == MailSize.Attachment && link == Link.Loopback ? Link.Mtu1500 : link, true, All),
        .. from link in new[] { Link.Loopback, Link.RoundTrip20 }
           from size in Enum.GetValues<MailSize>()
           select new Scenario(
               size, false, size == MailSize.Attachment && link == Link.Loopback ? Link.Mtu1500 : link, false, WithoutChunking),
        new(MailSize.Attachment, false, Link.Loopback, true, All),
    ]);
}
