using System.CommandLine;
using SmtpTransport.Testing;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>The commands and their arguments.</summary>
internal sealed class CommandLineTool(ToolContext around)
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Write JSON for scripts, and nothing else." };

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken = default)
    {
        var root = new RootCommand(
            "Checks mail servers, sends mails, serves a mailbox for development, converts mails.\n\n"
            + $"A server is a URL: smtp://user@host:port (STARTTLS) or smtps://user@host (TLS), with options such as ?sendTimeout=60; without one, {Server.UrlVariable} counts. "
            + $"The password comes from {Server.PasswordVariable}, an OAuth 2 token from {Server.TokenVariable}, or you are asked; never from an argument.\n\n"
            + "Exit codes: 0 done, 1 refused or failed, 64 wrong usage, 75 failed for now (try again).")
        {
            Check(), Send(), Serve(), Convert(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await around.Errors.WriteLineAsync(error.Message);
            await around.Errors.WriteLineAsync($"Try: smtp-transporter {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help");
            return ExitCodes.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = around.Output, Error = around.Errors }, cancellationToken);
        }
        catch (UsageException exception)
        {
            await around.Errors.WriteLineAsync(exception.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.TryAgain;
        }
    }

    private Command Check()
    {
        var url = new Argument<string?>("server") { Description = "smtp://user@host:port", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("check", "Connects, upgrades to TLS, logs in, and shows each step with its time, and what to do where one fails. Sends no mail.") { url, AsJson };
        command.SetAction((parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(AsJson);
            return CheckCommand.RunAsync(Server.Options(parsed.GetValue(url), around, !json), json, around, cancellationToken);
        });
        return command;
    }

    private Command Send()
    {
        var files = new Argument<string[]>("files") { Description = "Mails as .eml or .json.", Arity = ArgumentArity.ZeroOrMore };
        var server = new Option<string?>("--server", "-s") { Description = $"smtp://user@host:port; default: {Server.UrlVariable}." };
        var from = new Option<string?>("--from") { Description = "The sender; default: the user of the server." };
        var to = new Option<string[]>("--to") { Description = "A recipient; may be repeated.", AllowMultipleArgumentsPerToken = true };
        var subject = new Option<string?>("--subject") { Description = "The subject." };
        var text = new Option<string?>("--text") { Description = "The text; - reads it from the standard input." };
        var html = new Option<string?>("--html") { Description = "A file with the HTML; images in its folder become parts of the mail." };
        var attach = new Option<string[]>("--attach") { Description = "A file to attach; may be repeated." };
        var csv = new Option<string?>("--csv") { Description = "A CSV file with a header line: the one mail that is given is a template in Liquid, and goes to each line." };
        var toColumn = new Option<string>("--to-column") { Description = "The column with the address.", DefaultValueFactory = _ => "email" };
        var command = new Command("send", "Sends mails from files, one from arguments, or a mail merge, and shows what became of them.")
        {
            files, server, from, to, subject, text, html, attach, csv, toColumn, AsJson,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(AsJson);
            var options = Server.Options(parsed.GetValue(server), around, !json);
            var paths = parsed.GetValue(files) ?? [];
            var given = new EmailArguments(parsed.GetValue(from), parsed.GetValue(to) ?? [], parsed.GetValue(subject), parsed.GetValue(text), parsed.GetValue(html), parsed.GetValue(attach) ?? []);
            var csvPath = parsed.GetValue(csv);
            if (paths.Length == 0 && !given.IsGiven)
                throw new UsageException("No mail: give files (.eml, .json), or --to with --subject and --text.");
            if (paths.Length > 0 && csvPath is null && given.IsGiven)
                throw new UsageException("Files and --to, --subject … do not go together.");
            if (csvPath is null)
                return SendCommand.RunAsync(options, paths.Length == 0 ? [given.Mail(options)] : [.. paths.Select(EmailFiles.Read)], Math.Max(1, paths.Length), json, around, cancellationToken);
            if (paths.Length > 1 || (paths.Length == 1 && given.IsGiven))
                throw new UsageException("--csv goes with one template: one file, or --subject, --text and --html.");
            if (!File.Exists(csvPath))
                throw new UsageException($"{csvPath}: there is no such file.");
            var merge = new Merge(paths.Length == 1 ? EmailFiles.Read(paths[0]) : given.Mail(options), parsed.GetValue(toColumn)!);
            return SendCommand.RunAsync(options, merge.Mails(csvPath), null, json, around, cancellationToken);
        });
        return command;
    }

    private Command Serve()
    {
        var port = new Option<int>("--port", "-p") { Description = "The port for mail.", DefaultValueFactory = _ => 1025 };
        var web = new Option<int>("--web", "-w") { Description = "The port of the mailbox in the browser.", DefaultValueFactory = _ => 8025 };
        var tls = new Option<SmtpTestTlsMode>("--tls") { Description = "None, StartTls or Implicit, with a certificate of its own.", DefaultValueFactory = _ => SmtpTestTlsMode.None };
        var anywhere = new Option<bool>("--anywhere") { Description = "Listen on all addresses, for containers: whoever reaches it can read all mails. Default: this machine only." };
        var keep = new Option<int>("--keep") { Description = "How many mails are kept.", DefaultValueFactory = _ => 500 };
        var command = new Command("serve", "Runs a mail server for development that delivers nothing, and shows the mails in a browser.") { port, web, tls, anywhere, keep };
        command.SetAction((parsed, cancellationToken) =>
        {
            foreach (var number in new[] { parsed.GetValue(port), parsed.GetValue(web) })
            {
                if (number is < 0 or > 65535)
                    throw new UsageException($"{number} is no port: 1 to 65535, or 0 for a free one.");
            }
            if (parsed.GetValue(keep) < 1)
                throw new UsageException("--keep must be at least 1.");
            return ServeCommand.RunAsync(parsed.GetValue(port), parsed.GetValue(web), parsed.GetValue(tls), parsed.GetValue(anywhere), parsed.GetValue(keep), around, cancellationToken);
        });
        return command;
    }

    private Command Convert()
    {
        var from = new Argument<string>("from") { Description = "mail.eml or mail.json" };
        var to = new Argument<string>("to") { Description = "mail.json or mail.eml" };
        var command = new Command("convert", "Converts a mail between .eml and .json.") { from, to };
        command.SetAction(parsed =>
        {
            EmailFiles.Write(EmailFiles.Read(parsed.GetValue(from)!), parsed.GetValue(to)!);
            around.Screen.MarkupLineInterpolated($"Written to {parsed.GetValue(to)}");
            return ExitCodes.Done;
        });
        return command;
    }
}
