using System.Security.Cryptography;

namespace SmtpTransport.Testing;

/// <summary>A mail transaction: what MAIL and RCPT have said so far (RFC 5321, 3.3).</summary>
internal sealed class Transaction(string from, IReadOnlyDictionary<string, string?> parameters, long sizeLimit)
{
    // Begins with different digits, so that no id is one digit over and over, which clients take for a placeholder.
    private static readonly string QueuePrefix = $"4D{RandomNumberGenerator.GetInt32(0x10000):X4}";
    private static int _lastQueueNumber;

    public string From { get; } = from;

    public IReadOnlyDictionary<string, string?> Parameters { get; } = parameters;

    public List<string> Recipients { get; } = [];

    public List<IReadOnlyDictionary<string, string?>> RecipientParameters { get; } = [];

    /// <summary>The command lines, for the rules that look for a text.</summary>
    public List<string> Lines { get; } = [];

    public bool HadRecipientCommand { get; set; }

    public bool IsUtf8 => Parameters.ContainsKey("SMTPUTF8");

    public MessageBuffer Message { get; } = new(sizeLimit);

    public string QueueId { get; } = $"{QueuePrefix}{Interlocked.Increment(ref _lastQueueNumber):X6}";

    /// <summary>Whether the message comes in chunks, so that DATA is no longer allowed.</summary>
    public bool IsChunked { get; set; }

    /// <summary>Whether a chunk was refused; the rest of the message is then refused as well (RFC 3030, 2).</summary>
    public bool HasFailed { get; set; }

    /// <summary>The rule for the message's bytes is looked for once, however many chunks there are.</summary>
    public bool BodyBegun { get; set; }

    public SmtpRule? BodyRule { get; set; }

    public long BodyBytes { get; set; }
}
