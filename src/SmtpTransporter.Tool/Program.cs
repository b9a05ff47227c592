using SmtpTransport.Tool;
using Spectre.Console;

return await new CommandLineTool(new ToolContext(AnsiConsole.Console, Console.Out, Console.Error, Environment.GetEnvironmentVariable)).RunAsync(args);
