using System.Text;

namespace SmtpTransport.Lab;

/// <summary>A message as the server stored it, with the recipients for which it did.</summary>
public sealed record StoredCopy(string Sender, IReadOnlyList<string> Recipients, ReadOnlyMemory<byte> Message)
{
    /// <summary>Reads what the servers' scripts write: a line with MAIL, lines with RCPT, an empty line, and the message.</summary>
    public static StoredCopy Parse(byte[] file)
    {
        var end = file.AsSpan().IndexOf("\n\n"u8);
        var lines = Encoding.UTF8.GetString(file, 0, end).Split('\n');
        return new(lines[0][5..], [.. lines.Skip(1).Select(line => line[5..])], file.AsMemory(end + 2));
    }
}
