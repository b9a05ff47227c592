namespace SmtpTransport.Tool;

/// <summary>A message to look at.</summary>
/// <param name="Name">Where it was found. It may have control characters in it.</param>
/// <param name="OpenAsync">Opens it as it arrived.</param>
internal sealed record FoundMessage(string Name, Func<CancellationToken, Task<Stream>> OpenAsync);
