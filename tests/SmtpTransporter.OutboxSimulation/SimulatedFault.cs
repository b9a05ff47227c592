namespace SmtpTransport.OutboxSimulation;

/// <summary>What happens to a call of the database.</summary>
internal enum SimulatedFault
{
    None,
    Refused,
    TableGone,
    Lost,
    Silent,
    RanThenLost,
    RanThenSilent,
}
