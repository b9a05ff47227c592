namespace SmtpTransport.Outbox;

/// <summary>What the outbox itself refuses of an email, whatever its content is. Thread-safe.</summary>
internal sealed class EnqueueCheck(OutboxOptions options, TransporterResolver transporters)
{
    private const int MaxKeyLength = 200;
    private const int MaxLaneLength = 200;
    private const int MaxNameLength = 200;
    private const int MaxStreamLength = 200;

    /// <summary>Finds everything that is wrong, with the property; null if nothing is.</summary>
    public List<(string Property, string Message)>? FindErrors(OutboxEmail item)
    {
        List<(string, string)>? errors = null;
        var name = item.TransporterName ?? "";
        if (item.IdempotencyKey is "")
            Add(nameof(OutboxEmail.IdempotencyKey), $"IdempotencyKey is empty; allowed: 1 to {MaxKeyLength} characters, or null.");
        CheckText(nameof(OutboxEmail.IdempotencyKey), item.IdempotencyKey, MaxKeyLength);
        CheckText(nameof(OutboxEmail.Lane), item.Lane, MaxLaneLength);
        if (item.Email.Stream is "")
            Add(nameof(Email.Stream), $"Stream is empty; allowed: 1 to {MaxStreamLength} characters, or null.");
        CheckText(nameof(Email.Stream), item.Email.Stream, MaxStreamLength);
        CheckText(nameof(OutboxEmail.TransporterName), name, MaxNameLength);
        if (item.ExpiresAt <= item.SendAt)
            Add(nameof(OutboxEmail.ExpiresAt), $"ExpiresAt is {item.ExpiresAt:u}; allowed: a time after SendAt ({item.SendAt:u}).");
        if (!Enum.IsDefined(item.Priority))
            Add(nameof(OutboxEmail.Priority), $"Priority is {item.Priority}; allowed: Low, Normal or High.");
        if (options.EnableWorker && name.Length <= MaxNameLength && transporters.Find(name) is null)
        {
            Add(
                nameof(OutboxEmail.TransporterName),
                name.Length == 0
                    ? "There is no transporter without a key. Call services.AddSmtpTransporter(), or give TransporterName."
                    : $"There is no transporter \"{name}\". Call services.AddKeyedSmtpTransporter(\"{name}\", …), or use another name.");
        }
        return errors;

        void CheckText(string property, string? text, int maxLength)
        {
            if (text?.Length > maxLength)
                Add(property, $"{property} has {text.Length} characters; allowed: at most {maxLength}.");
            if (FindNonText(text) is { } at)
                Add(property, $"{property} has the character U+{(int)text![at]:X4} at position {at}, which is not valid text.");
        }

        void Add(string property, string message) => (errors ??= []).Add((property, message));
    }

    /// <summary>Finds a quota that would never let the email be sent, with the property; null if there is none.</summary>
    public (string Property, string Message)? FindExcess(OutboxEmail item, IReadOnlyCollection<string> recipients) =>
        options.Limits.FindExcess(item.TransporterName ?? "", item.Lane ?? "", item.Priority, recipients) is { } excess
            ? (nameof(Email.To), excess) : null;

    /// <summary>PostgreSQL stores neither U+0000 nor half a surrogate pair.</summary>
    private static int? FindNonText(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else if (text[i] == 0 || char.IsSurrogate(text[i]))
                return i;
        }
        return null;
    }
}
