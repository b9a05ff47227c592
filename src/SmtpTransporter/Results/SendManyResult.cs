namespace SmtpTransport;

/// <summary>The result of one email of a sequence.</summary>
/// <param name="Index">The email's position in the sequence, counted from 0.</param>
/// <param name="Result">What became of the email.</param>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record SendManyResult(long Index, SendResult Result);
