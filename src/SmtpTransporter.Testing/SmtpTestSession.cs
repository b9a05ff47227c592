using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>One connection to the <see cref="SmtpTestServer"/>, as far as it has progressed.</summary>
/// <remarks>Lists are snapshots. Safe for concurrent callers.</remarks>
public sealed class SmtpTestSession
{
    // Enough to see what was sent, without megabytes in the output of a test.
    private const int MaxLineLength = 2000;

    private readonly object _gate = new();
    private readonly bool _recordsLines;
    private readonly List<string> _transcript = [];
    private readonly List<string> _commands = [];

    internal SmtpTestSession(int id, bool recordsLines) => (Id, _recordsLines) = (id, recordsLines);

    /// <summary>The number of the connection, from 1, in the order in which the connections were accepted.</summary>
    public int Id { get; }

    /// <summary>The lines of the dialogue: <c>C: …</c> from the client, <c>S: …</c> from the server, including scripted replies.</summary>
    /// <remarks>
    /// Secrets are shown as <c>***</c>, and a message as its number of bytes. A line of more than 2,000 characters is truncated.
    /// </remarks>
    public IReadOnlyList<string> Transcript
    {
        get
        {
            lock (_gate)
                return [.. _transcript];
        }
    }

    /// <summary>The command lines of the client, masked as in <see cref="Transcript"/>.</summary>
    /// <remarks>Responses of an authentication and messages are not commands.</remarks>
    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_gate)
                return [.. _commands];
        }
    }

    /// <summary>Whether the connection is encrypted by TLS, or was at its end.</summary>
    public bool IsSecure { get; internal set; }

    /// <summary>The TLS version, or <see cref="SslProtocols.None"/> for clear text.</summary>
    public SslProtocols TlsProtocol { get; internal set; }

    /// <summary>The user that is authenticated, or null.</summary>
    public string? AuthenticatedUser { get; internal set; }

    /// <summary>The mechanism of the last AUTH command in upper case, even if it failed; null before the first AUTH.</summary>
    public string? AuthMechanism { get; internal set; }

    /// <summary>The number of AUTH commands.</summary>
    public int AuthAttempts { get; internal set; }

    /// <summary>Whether the client has sent QUIT.</summary>
    public bool EndedWithQuit { get; internal set; }

    /// <summary>Whether the connection is open: false as soon as either side has closed it.</summary>
    public bool IsOpen { get; internal set; } = true;

    /// <summary>The client's certificate, or null; see <see cref="SmtpTestServerOptions.RequestClientCertificate"/>.</summary>
    public X509Certificate2? ClientCertificate { get; internal set; }

    internal void AddCommand(string line) => Add("C: ", line, isCommand: true);

    internal void AddClient(string line) => Add("C: ", line);

    internal void AddServer(string line) => Add("S: ", line);

    private void Add(string prefix, string line, bool isCommand = false)
    {
        if (!_recordsLines)
            return;
        line = Truncate(line);
        lock (_gate)
        {
            if (isCommand)
                _commands.Add(line);
            _transcript.Add(prefix + line);
        }
    }

    private static string Truncate(string line) =>
        line.Length <= MaxLineLength ? line : $"{line.AsSpan(0, MaxLineLength)}… <{line.Length} characters>";
}
