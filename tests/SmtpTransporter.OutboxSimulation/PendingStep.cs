namespace SmtpTransport.OutboxSimulation;

/// <summary>Something that a process does next, as soon as the simulation lets it.</summary>
internal sealed record PendingStep(SimulatedProcess Process, string Text, TaskCompletionSource Go);
