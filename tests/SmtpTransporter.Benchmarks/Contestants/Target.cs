using System.Globalization;

namespace SmtpTransport.Benchmarks;

/// <summary>The task of a client, on one line of its standard input. TLS uses STARTTLS, which all peers support.</summary>
public sealed record Target(string Host, int Port, bool Tls, MailSize Size, int Connections, int Count)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Host} {Port} {(Tls ? 1 : 0)} {Size.Name()} {Connections} {Count}");

    public static Target Parse(string line)
    {
        var words = line.Split(' ');
        return new(words[0], Number(1), words[2] == "1", Enum.Parse<MailSize>(words[3], ignoreCase: true), Number(4), Number(5));

        int Number(int i) => int.Parse(words[i], CultureInfo.InvariantCulture);
    }
}
