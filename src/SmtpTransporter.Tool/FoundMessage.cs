namespace SmtpTransport.Tool;

/// <summary>A message to look at.</summary>
/// <param name="Name">Where it was found, in one line without control characters.</param>
/// <param name="OpenAsync">Opens it as it arrived.</param>
internal sealed record FoundMessage(string Name, Func<CancellationToken, Task<Stream>> OpenAsync);
