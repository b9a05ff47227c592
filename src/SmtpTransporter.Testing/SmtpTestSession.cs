using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SmtpTransport.Testing;

/// <summary>One connection to the <see cref="SmtpTestServer"/>, as far as it has come. Thread-safe; lists are snapshots.</summary>
public sealed class SmtpTestSession
{
    // Enough to see what was sent, and no megabytes in a test's output.
    private const int LongestLine = 2000;

    private readonly object _lock = new();
    private readonly bool _records;
    private readonly List<string> _transcript = [];
    private readonly List<string> _commands = [];

    internal SmtpTestSession(int id, bool records) => (Id, _records) = (id, records);

    /// <summary>The number of the connection, from 1, in order of accept.</summary>
    public int Id { get; }

    /// <summary>
    /// What was said: <c>C: …</c> by the client, <c>S: …</c> by the server, scripted replies too. Secrets are shown as <c>***</c>,
    /// a message as its number of bytes, and a line of more than 2,000 characters is cut.
    /// </summary>
    public IReadOnlyList<string> Transcript
    {
        get { lock (_lock) return [.. _transcript]; }
    }

    /// <summary>The client's command lines only, with the same masks. SASL responses and messages are no commands.</summary>
    public IReadOnlyList<string> Commands
    {
        get { lock (_lock) return [.. _commands]; }
    }

    /// <summary>Whether the connection is (or was, at its end) under TLS.</summary>
    public bool IsSecure { get; internal set; }

    /// <summary>The TLS version, or <see cref="SslProtocols.None"/> in clear.</summary>
    public SslProtocols TlsProtocol { get; internal set; }

    /// <summary>The user that is logged in, or null.</summary>
    public string? AuthenticatedUser { get; internal set; }

    /// <summary>The mechanism of the last AUTH command in upper case, whether it succeeded or not; null before.</summary>
    public string? AuthMechanism { get; internal set; }

    /// <summary>The number of AUTH commands.</summary>
    public int AuthAttempts { get; internal set; }

    /// <summary>Whether the client said QUIT.</summary>
    public bool EndedWithQuit { get; internal set; }

    /// <summary>Whether the server still serves the connection: false from the moment when either side closed it.</summary>
    public bool IsOpen { get; internal set; } = true;

    /// <summary>The client's certificate if it sent one, see <see cref="SmtpTestServerOptions.RequestClientCertificate"/>.</summary>
    public X509Certificate2? ClientCertificate { get; internal set; }

    internal void AddCommand(string line) => Add("C: ", line, isCommand: true);

    internal void AddClient(string line) => Add("C: ", line);

    internal void AddServer(string line) => Add("S: ", line);

    private void Add(string who, string line, bool isCommand = false)
    {
        if (!_records)
            return;
        line = Cut(line);
        lock (_lock)
        {
            if (isCommand)
                _commands.Add(line);
            _transcript.Add(who + line);
        }
    }

    private static string Cut(string line)
        => line.Length <= LongestLine ? line : $"{line.AsSpan(0, LongestLine)}… <{line.Length} characters>";
}
