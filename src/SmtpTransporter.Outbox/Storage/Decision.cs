namespace SmtpTransport.Outbox;

/// <summary>What a person or a policy decides about an email that was read.</summary>
/// <param name="Row">The email as it was read: it is changed only if it is still so.</param>
/// <param name="Transition">Its next state.</param>
/// <param name="Details">The entry of its history.</param>
internal sealed record Decision(EmailRow Row, StateTransition Transition, AttemptDetails Details);
