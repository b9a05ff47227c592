namespace SmtpTransport.Tool;

/// <summary>Counts results. Not safe for concurrent use.</summary>
internal sealed class Tally
{
    private bool _failedPermanently;

    public long Accepted { get; private set; }

    public long Failed { get; private set; }

    public int ExitCode => Failed == 0 ? ExitCodes.Success : _failedPermanently ? ExitCodes.Failed : ExitCodes.TryAgain;

    public void Add(SendResult result)
    {
        if (result.Success)
        {
            Accepted++;
            return;
        }
        Failed++;
        _failedPermanently |= !result.IsTransient || result.Outcome == Outcome.PartiallyAccepted;
    }

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{Accepted:N0} sent, {Failed:N0} failed");
}
