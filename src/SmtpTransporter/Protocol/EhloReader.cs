using System.Globalization;

namespace SmtpTransport;

/// <summary>
/// Reads what the server offers from the lines of its last reply to EHLO (RFC 5321, section 4.1.1.1). One thread at a time.
/// </summary>
internal sealed class EhloReader
{
    private readonly List<string> _lines = [];
    private bool _isExpected;

    /// <summary>Whether the server is Exchange, which mishandles some messages in chunks.</summary>
    public bool IsExchange { get; private set; }

    /// <summary>The extensions; the first line of the reply is the server's name.</summary>
    public IReadOnlyList<string> Extensions => [.. _lines.Skip(1)];

    /// <summary>A command of the client: EHLO, HELO and LHLO make what was offered before void.</summary>
    public void ReadCommand(string line)
    {
        _isExpected = line.StartsWith("EHLO", StringComparison.Ordinal) || line.StartsWith("LHLO", StringComparison.Ordinal);
        if (_isExpected || line.StartsWith("HELO", StringComparison.Ordinal))
            _lines.Clear();
    }

    public void ReadGreeting(string line) => IsExchange = line.Contains("Microsoft", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// A line of the reply. MailKit goes on with HELO whatever the server answers; only 5yz says that it does not know EHLO
    /// (RFC 5321, section 4.1.4).
    /// </summary>
    /// <exception cref="ServerRefusedException">The server refuses for now (4yz).</exception>
    /// <exception cref="SendFailureException">The line is not part of a valid reply to EHLO.</exception>
    public void ReadReply(string line)
    {
        if (!_isExpected)
            return;
        if (line.StartsWith("250", StringComparison.Ordinal))
        {
            if (line.Length > 4)
                _lines.Add(ServerText.Clean(line[4..]));
            return;
        }
        var code = line.Length >= 3 && int.TryParse(
            line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var reply = new Reply(code, line.Length > 4 ? line[4..] : "");
        if (reply.IsTransient)
            throw new ServerRefusedException(reply);
        if (!reply.IsPermanent)
        {
            throw new SendFailureException(
                SmtpErrorCodes.ProtocolError, "smtp",
                $"The server answered EHLO with \"{ServerText.Clean(line.Length > 80 ? line[..80] : line)}\", which is not a valid "
                + $"reply to it.");
        }
    }
}
