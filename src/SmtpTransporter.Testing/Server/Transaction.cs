using System.Security.Cryptography;

namespace SmtpTransport.Testing;

/// <summary>One mail transaction (RFC 5321, section 3.3): its envelope, and what was received of the message. Used by one task.</summary>
internal sealed class Transaction(string sender, IReadOnlyDictionary<string, string?> senderParameters, long sizeLimit)
{
    // Begins with different digits: clients take an id that repeats one digit for a placeholder.
    private static readonly string QueuePrefix = $"4D{RandomNumberGenerator.GetInt32(0x10000):X4}";
    private static int _lastQueueNumber;

    public string Sender { get; } = sender;

    public IReadOnlyDictionary<string, string?> SenderParameters { get; } = senderParameters;

    public List<string> Recipients { get; } = [];

    public List<IReadOnlyDictionary<string, string?>> RecipientParameters { get; } = [];

    /// <summary>The command lines, for rules that search for a text.</summary>
    public List<string> Lines { get; } = [];

    public bool HadRecipientCommand { get; set; }

    public bool IsUtf8 => SenderParameters.ContainsKey("SMTPUTF8");

    public MessageBuffer Message { get; } = new(sizeLimit);

    public string QueueId { get; } = $"{QueuePrefix}{Interlocked.Increment(ref _lastQueueNumber):X6}";

    /// <summary>Whether the message is sent in chunks, so that DATA is no longer allowed.</summary>
    public bool IsChunked { get; set; }

    /// <summary>Whether a chunk was refused; the rest of the message is then refused as well (RFC 3030, section 2).</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether the rule for the message's bytes was searched for: once a message, however many chunks it has.</summary>
    public bool HasBegunMessage { get; set; }

    public SmtpRule? MessageRule { get; set; }

    public long BytesRead { get; set; }
}
