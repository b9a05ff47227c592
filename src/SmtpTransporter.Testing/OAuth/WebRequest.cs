using System.Text;

namespace SmtpTransport.Testing;

/// <summary>An HTTP request. Immutable.</summary>
internal sealed record WebRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Parameters)
{
    private const int MaxHeader = 64 * 1024;
    private const int MaxBody = 1024 * 1024;

    /// <returns>Null if it is not a request, or the client has gone.</returns>
    public static async Task<WebRequest?> ReadAsync(Stream stream, CancellationToken stop)
    {
        var (bytes, block, end) = (new List<byte>(), new byte[4096], -1);
        while ((end = EndOfHeader(bytes)) < 0)
        {
            var read = bytes.Count > MaxHeader ? 0 : await stream.ReadAsync(block, stop).ConfigureAwait(false);
            if (read == 0)
                return null;
            bytes.AddRange(block.AsSpan(0, read));
        }
        var lines = Encoding.Latin1.GetString([.. bytes[..end]]).Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        if (lines[0].Split(' ') is not [var method, var target, _]
            || !int.TryParse(headers.GetValueOrDefault("Content-Length", "0"), out var length) || length is < 0 or > MaxBody)
            return null;
        var body = bytes[(end + 4)..];
        while (body.Count < length)
        {
            var read = await stream.ReadAsync(block, stop).ConfigureAwait(false);
            if (read == 0)
                return null;
            body.AddRange(block.AsSpan(0, read));
        }
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(parameters, question < 0 ? "" : target[(question + 1)..]);
        Add(parameters, Encoding.UTF8.GetString([.. body]));
        return new(method, question < 0 ? target : target[..question], headers, parameters);
    }

    private static int EndOfHeader(List<byte> bytes)
    {
        for (var i = 0; i + 3 < bytes.Count; i++)
        {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n')
                return i;
        }
        return -1;
    }

    private static void Add(Dictionary<string, string> parameters, string form)
    {
        foreach (var pair in form.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                parameters[Decode(pair[..equals])] = Decode(pair[(equals + 1)..]);
        }
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
