namespace SmtpTransport.OutboxSimulation;

/// <summary>What the server does.</summary>
internal enum SimulatedReply
{
    Accepted,
    Refused,
    Deferred,
    Lost,
    AcceptedAndLost,
    Hangs,
    Throws,
}
