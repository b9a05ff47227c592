using SmtpTransport.Tool;
using Spectre.Console;

var context = new ToolContext(AnsiConsole.Console, Console.Out, Console.Error, Environment.GetEnvironmentVariable);
return await new CommandLineTool(context).RunAsync(args);
