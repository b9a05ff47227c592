namespace SmtpTransport;

/// <summary>What goes early over one connection: the flights of messages whose turn comes after the one that is under way.</summary>
internal interface IEarlyFlights
{
    /// <summary>The first of those that are on their way and not answered; null if there is none.</summary>
    EarlyFlight? Next { get; }

    /// <summary>Takes the flight of a message that waits for the connection: it is written at once, behind those before it.</summary>
    /// <returns>Null if none waits, or none may go early.</returns>
    EarlyFlight? Take();
}
