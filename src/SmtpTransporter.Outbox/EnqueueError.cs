namespace SmtpTransport.Outbox;

/// <summary>One reason for which an email cannot be stored.</summary>
/// <param name="Index">The position of the email among those of the call, beginning with 0.</param>
/// <param name="Property">
/// The property of <see cref="Email"/> or <see cref="OutboxEmail"/> that is at fault, such as <c>To</c> or <c>Lane</c>; empty if none is.
/// </param>
/// <param name="Message">What is wrong, with which value and where, and what is allowed, for a person.</param>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed record EnqueueError(int Index, string Property, string Message);
