using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>What the tool reads from and writes to, so that a test can replace it. Immutable.</summary>
/// <param name="Screen">The console for people.</param>
/// <param name="Output">The standard output for scripts (<c>--json</c>) and help.</param>
/// <param name="Errors">The standard error, for wrong usage.</param>
/// <param name="GetVariable">Reads an environment variable.</param>
internal sealed record ToolContext(IAnsiConsole Screen, TextWriter Output, TextWriter Errors, Func<string, string?> GetVariable);
