using System.Text;

namespace SmtpTransport.AppTests.Tool;

/// <summary>A table of 10,000 lines, some of which are broken, each in another way.</summary>
internal static class BrokenLines
{
    public const int Count = 10_000;

    private const int Distance = 300;

    /// <summary>The line, what it is called, and what is said about it.</summary>
    public static readonly (string Text, string Name, string Problem)[] Kinds =
    [
        ("b01@example.org,J\u00FCrgen,Ulm", "(b01@example.org)", "is not valid utf-8, after \"b01@example.org,J\". Save the file as UTF-8"),
        ("b02@example.org,Bob \"B\",Ulm", "(b02@example.org)", "is not valid CSV. A field with a quote must be in quotes"),
        ("b03@example.org,\"Bob\" B,Ulm", "(b03@example.org)", "is not valid CSV. A field with a quote must be in quotes"),
        ("b04@example.org,\"Bob,Ulm", "(b04@example.org)", "is not valid CSV. A field with a quote must be in quotes"),
        ("b05@example.org,5'10\",Ulm", "(b05@example.org)", "is not valid CSV. A field with a quote must be in quotes"),
        ("b06@example.org,Bob", "(b06@example.org)", "has 2 fields instead of 3. Is it cut off, or is \",\" missing?"),
        ("b07@example.org,Bob,Ulm,Mitte", "(b07@example.org)", "has 4 fields instead of 3. A field with \",\" must be in quotes."),
        (",Bob,Ulm", "", "has no address in the column \"email\"."),
        ("b09.example.org,Bob,Ulm", "(b09.example.org)", "has no valid address: at position 0: this is not a valid address"),
        ("b10@,Bob,Ulm", "(b10@)", "has no valid address: at position 4: there is nothing after \"@\"."),
        ("@example.org,Bob,Ulm", "(@example.org)", "has no valid address: at position 0: there is nothing before \"@\"."),
        ("b 12@example.org,Bob,Ulm", "(b 12@example.org)", "has no valid address: at position 0: there is a space"),
        ("b13@@example.org,Bob,Ulm", "(b13@@example.org)", "has no valid address: at position 4: there is a second \"@\"."),
        ("b14@example.org,B\u0001ob,Ulm", "(b14@example.org)", "has the control character U+0001. Remove it."),
        (
            "b15@example.org,B\0ob,Ulm", "(b15@example.org)",
            "has a NUL, as text in UTF-16 does. If the file is UTF-16, give --csv-encoding utf-16."),
        ("\"b16@example.org, c@example.org\",Bob,Ulm", "(b16@example.org, c@example.org)", "has 2 addresses. Each line is an email to"),
        ("b17@example.org;c@example.org,Bob,Ulm", "(b17@example.org;c@example.org)", "has 2 addresses."),
        ("b..18@example.org,Bob,Ulm", "(b..18@example.org)", "at position 2: a dot must be between other characters."),
        ("b19@example..org,Bob,Ulm", "(b19@example..org)", "at position 4: a label of the domain is empty."),
        ("Bob <b20@example.org,Bob,Ulm", "(Bob <b20@example.org)", "has no valid address: at position 4: the angle bracket is not closed."),
        ("<b21@example.org> x,Bob,Ulm", "(<b21@example.org> x)", "has no valid address: at position 18: there is text after the"),
        ($"b22@{string.Join('.', Enumerable.Repeat(new string('d', 60), 5))},Bob,Ulm", "(b22@ddd", "longer than 254 bytes."),
        ($"b23@{new string('d', 64)}.org,Bob,Ulm", "(b23@ddd", "at position 4: a label of the domain is longer than 63 bytes."),
        ("b24@exam ple.org,Bob,Ulm", "(b24@exam ple.org)", "has no valid address: at position "),
        ("b25@[1.2.3],Bob,Ulm", "(b25@[1.2.3])", "at position 4: this is not a valid address literal."),
        ("b26@example.org (x,Bob,Ulm", "(b26@example.org (x)", "has no valid address: at position 16: the comment is not closed."),
        ("GOOD2@EXAMPLE.ORG,Bob,Ulm", "(GOOD2@EXAMPLE.ORG)", "has the address of line 2 again."),
        ("email,name,city", "(email)", "has no valid address: at position 0: this is not a valid address"),
        ("b29@example.org,B\uFFFDb,Ulm", "(b29@example.org)", "has the character U+FFFD, which stands for one that was lost"),
        ($"b30@example.org,{new string('x', 1_000_001)},Ulm", "(b30@example.org)", "is longer than 1,000,000 characters."),
        (".b31@example.org,Bob,Ulm", "(.b31@example.org)", "at position 0: a dot must be between other characters."),
    ];

    /// <summary>The addresses in the lines that can be used.</summary>
    public static IReadOnlyList<string> GoodAddresses { get; } =
        [.. Enumerable.Range(2, Count).Where(n => !IsBroken(n)).Select(n => $"good{n}@example.org")];

    /// <summary>The numbers of the lines that cannot be used, in the order of <see cref="Kinds"/>.</summary>
    public static IReadOnlyList<int> Numbers { get; } = [.. Kinds.Select((_, i) => (i + 1) * Distance)];

    /// <summary>Writes the table, whose first line is the header line.</summary>
    public static byte[] Write()
    {
        using var content = new MemoryStream();
        Append("email,name,city", Encoding.UTF8);
        for (var number = 2; number < Count + 2; number++)
        {
            var kind = number / Distance - 1;
            if (!IsBroken(number))
                Append($"good{number}@example.org,\"Bj\u00F6rn, {number}\",Ulm", Encoding.UTF8);
            else
                Append(Kinds[kind].Text, kind == 0 ? Encoding.Latin1 : Encoding.UTF8);
        }
        return content.ToArray();

        void Append(string line, Encoding encoding) => content.Write(encoding.GetBytes($"{line}\r\n"));
    }

    private static bool IsBroken(int number) => number % Distance == 0 && number / Distance <= Kinds.Length;
}
