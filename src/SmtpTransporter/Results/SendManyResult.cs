namespace SmtpTransport;

/// <summary>The result of one of many mails.</summary>
/// <param name="Index">Which mail it is, in the order of the sequence, from 0.</param>
/// <param name="Result">What became of it.</param>
public sealed record SendManyResult(long Index, SendResult Result);
