namespace SmtpTransport.Soak;

/// <summary>Sends one email after another over a route, and cancels some of the sends.</summary>
internal sealed class Sender(Route route, bool async, Ledger ledger, SemaphoreSlim turn, int seed)
{
    private static long _last;

    private readonly Random _random = new(seed);

    public int LogWarnings { get; private set; }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (async)
                await turn.WaitAsync(CancellationToken.None);
            else
                turn.Wait(CancellationToken.None);
            try
            {
                await SendAsync();
            }
#pragma warning disable CA1031 // An unexpected exception is what this run looks for.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ledger.Fail($"{route.Name}: {exception}");
            }
            finally
            {
                turn.Release();
            }
        }
    }

    private async Task SendAsync()
    {
        var recipients = _random.Next(1, 4);
        var refused = route.RefusesSome ? _random.Next(recipients + 1) * _random.Next(2) : 0;
        var email = SoakEmail.Create(Interlocked.Increment(ref _last), recipients, _random.Next(1, 40), refused);
        using var cancellation = new CancellationTokenSource();
        if (_random.Next(30) == 0)
            cancellation.CancelAfter(TimeSpan.FromMilliseconds(_random.Next(1, 6)));
        try
        {
            var result = async
                ? await route.Transporter.SendAsync(email, cancellation.Token)
                : route.Transporter.Send(email, cancellation.Token);
            ledger.Record(result);
            LogWarnings += result.Warnings.Count;
            if (!route.LogIsFull && result.Warnings.Count > 0)
                ledger.Fail($"{route.Name}: {result.Warnings[0]}");
        }
        catch (SendCanceledException exception)
        {
            ledger.Record(exception.Result, canceled: true);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Canceled before the send began: if the server has the message all the same, the ledger reports it.
        }
        catch (ObjectDisposedException)
        {
            // The transporter was replaced before the send began: the same applies.
        }
    }
}
