using System.Collections.Concurrent;
using SmtpTransport.Outbox;

namespace SmtpTransport.OutboxTests.Faults;

/// <summary>A server with a memory: it defers or accepts, and notices what must not happen. It knows an email by its size.</summary>
internal sealed class MemorySink(FaultStore store) : StoredMessageTransporter
{
    private readonly ConcurrentDictionary<int, int> _accepted = new();
    private readonly ConcurrentDictionary<int, int> _deferrals = new();
    private readonly ConcurrentDictionary<int, bool> _begun = new();
    private readonly ConcurrentQueue<string> _violations = new();

    public IEnumerable<string> Violations => _violations;

    /// <summary>Defers an email so many times before it is accepted.</summary>
    public void Defer(int size, int times) => _deferrals[size] = times;

    /// <summary>How many times an email was accepted.</summary>
    public int CountAccepted(int size) => _accepted.GetValueOrDefault(size);

    /// <summary>Whether the last bytes of an email have left.</summary>
    public bool HasBegun(int size) => _begun.ContainsKey(size);

    public override async Task<SendResult> SendAsync(StoredMessage message, CancellationToken cancellationToken = default)
    {
        var size = message.Message.Length;
        try
        {
            await message.BeforeTransmission!(cancellationToken);
        }
        catch (Exception exception)
        {
            return SendResult.Create(
                Outcome.NotSent, 0, "", [], [new SmtpError(SmtpErrorCodes.CallbackFailed, exception.Message, "conf")]);
        }
        _begun[size] = true;
        var states = await store.ReadStatesAsync(size, CancellationToken.None);
        if (states is not [OutboxState.Sending or OutboxState.Unknown])
            _violations.Enqueue($"The last bytes of {size} leave without a mark: {string.Join(", ", states)}");
        if (_deferrals.TryGetValue(size, out var left) && left > 0)
        {
            _deferrals[size] = left - 1;
            return SendResult.Create(Outcome.Deferred, 451, "4.3.0 Later");
        }
        if (_accepted.AddOrUpdate(size, 1, (_, count) => count + 1) > 1)
            _violations.Enqueue($"{size} was accepted again");
        return SendResult.Create(Outcome.Accepted, 250, "2.0.0 Ok");
    }
}
