namespace SmtpTransport;

/// <summary>
/// Writes the end of a message and, behind it in the same flight, what goes early of the messages that wait for the connection. One caller
/// at a time.
/// </summary>
/// <param name="channel">The connection.</param>
/// <param name="commands">What goes before the train.</param>
/// <param name="early">Those who wait.</param>
/// <param name="next">The first flight of the train.</param>
internal sealed class FlightTrain(SmtpChannel channel, CommandBuffer commands, IEarlyFlights early, EarlyFlight next)
{
    // Behind so much nothing more is appended: the limit of the one message is that for writing all of them.
    public const int Enough = 64 * 1024;

    private List<(EarlyFlight Flight, long End)>? _flights;

    /// <summary>True once the last octet of what had been gathered before the train was handed to the network.</summary>
    public bool IsFirstSent { get; private set; }

    /// <summary>Writes all of it. If that fails, it is known of each part whether its last octet may have been sent.</summary>
    public async ValueTask WriteAsync(bool async)
    {
        var before = channel.Handed;
        var first = (long)commands.Length;
        var last = first;
        var isWritten = false;
        channel.CountsPieces = true;
        try
        {
            for (var flight = next; flight is not null; flight = last - first < Enough ? early.Take() : null)
            {
                (_flights ??= []).Add((flight, last += flight.Octets.Length));
                await commands.AddAsync(async, flight.Octets).ConfigureAwait(false);
            }
            await commands.FlushAsync(async).ConfigureAwait(false);
            isWritten = true;
        }
        finally
        {
            channel.CountsPieces = false;
            // Records of TLS are longer than what is in them: a part may be taken for sent that was not, and never the other way round.
            var handed = isWritten ? long.MaxValue : channel.Handed - before;
            if (!isWritten && !channel.HidesWhatWasTaken)
                handed = Math.Min(handed, last - 1);
            IsFirstSent = handed >= first;
            foreach (var (flight, end) in _flights ?? [])
                flight.IsSent = handed >= end;
        }
    }
}
