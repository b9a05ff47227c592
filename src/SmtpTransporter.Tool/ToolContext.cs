using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>What the tool has around it, so that a test can put its own there.</summary>
/// <param name="Screen">Where people read.</param>
/// <param name="Output">Where scripts read (<c>--json</c>).</param>
/// <param name="Errors">Where wrong arguments are told.</param>
/// <param name="Variable">The environment.</param>
internal sealed record ToolContext(IAnsiConsole Screen, TextWriter Output, TextWriter Errors, Func<string, string?> Variable);
