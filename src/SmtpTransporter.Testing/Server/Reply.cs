using System.Buffers.Text;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>A reply of the server's own: one or more lines, with or without an enhanced status code (RFC 2034).</summary>
internal readonly record struct Reply(int Code, string? Enhanced, string Text, IReadOnlyList<string>? More = null)
{
    /// <summary>The code at the beginning of scripted bytes, or 0.</summary>
    public static int CodeOf(ReadOnlySpan<byte> bytes)
        => bytes.Length >= 3 && Utf8Parser.TryParse(bytes[..3], out uint code, out var used) && used == 3 ? (int)code : 0;

    public byte[] Format(bool enhanced)
    {
        var prefix = enhanced && Enhanced is not null ? Enhanced + " " : "";
        if (More is null)
            return Encoding.UTF8.GetBytes($"{Code:000} {prefix}{Text}\r\n");

        var text = new StringBuilder().Append(Code).Append('-').Append(prefix).Append(Text).Append("\r\n");
        for (var i = 0; i < More.Count; i++)
            text.Append(Code).Append(i < More.Count - 1 ? '-' : ' ').Append(prefix).Append(More[i]).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
