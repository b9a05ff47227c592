namespace SmtpTransport;

/// <summary>A result, and whether the caller's cancellation is what ended the send: then it is thrown with the result.</summary>
internal readonly record struct SendOutcome(SendResult Result, bool IsCanceled);
