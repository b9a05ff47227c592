using SmtpTransport.Tool;
using Spectre.Console;

var console = AnsiConsole.Console;
// What a pipe or a file gets is not broken into lines.
if (Console.IsOutputRedirected)
    console.Profile.Width = 1_000_000;
var context = new ToolContext(console, Console.Out, Console.Error, Environment.GetEnvironmentVariable);
return await new CommandLineTool(context).RunAsync(args);
