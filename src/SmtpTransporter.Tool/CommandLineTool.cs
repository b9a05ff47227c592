using System.CommandLine;
using System.CommandLine.Parsing;
using SmtpTransport.Testing;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>The commands and their arguments.</summary>
internal sealed partial class CommandLineTool(ToolContext context)
{
    /// <summary>The name of the command.</summary>
    public const string Name = "smtp-transporter";

    private static readonly Option<bool> AsJson = new("--json") { Description = "Write JSON for scripts, and nothing else." };

    private static readonly Option<string?> Timeout = new("--timeout")
    {
        Description = "The seconds that connecting may take, and an email; default: those of the URL, or 30 and 100.",
        HelpName = "seconds",
    };

    private static readonly Option<string?> Trust = new("--trust")
    {
        Description = "A certificate in PEM or DER to trust beside those of the system, such as a company's authority.",
        HelpName = "file",
    };

    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(string[] args, CancellationToken cancellationToken = default)
    {
        // An argument that begins with "@" is a text or an address, and no file with further arguments.
        var parsed = CreateRoot().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (!IsDirective(args) && ArgumentErrors.Find(args, parsed) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
                await context.Errors.WriteLineAsync(error);
            await context.Errors.WriteLineAsync($"For help: {Name} {PathOf(parsed.CommandResult)}--help");
            return ExitCodes.Usage;
        }
        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
                Output = context.Output,
                Error = context.Errors,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (UsageException exception)
        {
            await context.Errors.WriteLineAsync(exception.Message);
            return ExitCodes.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.TryAgain;
        }
    }

    /// <summary>The commands with their arguments and options: what help, completion and the manual page are made from.</summary>
    public RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "Checks mail servers, signs in to them, sends emails, runs a server with a mailbox for development, converts emails, "
            + "reads what comes back, and finds the emails of an outbox and acts on them.\n\n"
            + "A server is a URL: smtp://user@host:port (STARTTLS) or smtps://user@host (TLS), with options such as ?sendTimeout=60. "
            + $"The default is the URL in {Server.UrlVariable}. The password is read from {Server.PasswordVariable}, an OAuth 2 token from "
            + $"{Server.TokenVariable}; without both, the tool uses what \"login\" has stored, or asks for the password. It does not "
            + "accept a password in an argument.\n\n"
            + "Exit codes: 0 success, 1 refused or failed, 64 wrong usage, 75 failed temporarily (try again).")
        {
            Check(), Login(), Send(), Serve(), Convert(), Feedback(), Outbox(), Completion(), Manual(),
        };
        root.HelpName = Name;
        return root;
    }

    // Such as "[suggest:7]", by which a shell asks for completions.
    private static bool IsDirective(string[] args) => args is [['[', ..], ..];

    private Command Check()
    {
        var url = new Argument<string?>("server")
        {
            Description = $"smtp://user@host:port; default: {Server.UrlVariable}.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var overlap = new Option<bool>("--overlap")
        {
            Description = "Send three small emails that follow one another without waiting, and say if the server keeps step.",
        };
        var to = new Option<string?>("--to") { Description = "With --overlap: the recipient." };
        var from = new Option<string?>("--from") { Description = "With --overlap: the sender; default: the user, if it is an address." };
        var command = new Command(
            "check",
            "Connects, upgrades to TLS, authenticates, and shows each step with its time, and what to do if one fails. Sends no email but "
            + "with --overlap.")
        {
            url, overlap, to, from, Timeout, Trust, AsJson,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var json = parsed.GetValue(AsJson);
            var options = Server.GetOptions(parsed.GetValue(url), context, !json);
            options = Server.Apply(options, parsed.GetValue(Timeout), parsed.GetValue(Trust));
            if (!parsed.GetValue(overlap))
            {
                return parsed.GetValue(to) is null && parsed.GetValue(from) is null
                    ? CheckCommand.RunAsync(options, json, context, cancellationToken)
                    : throw new UsageException("--to and --from need --overlap.");
            }
            var recipient = parsed.GetValue(to) ?? throw new UsageException("No recipient. Set --to.");
            var sender = parsed.GetValue(from) ?? EmailArguments.GetDefaultSender(options);
            return OverlapCheck.RunAsync(
                options, Address("--from", sender), Address("--to", recipient), json, context, cancellationToken);
        });
        return command;
    }

    private static EmailAddress Address(string option, string text) =>
        EmailAddress.TryParse(text, out var address)
            ? address : throw new UsageException($"{option}: \"{text}\" is not an address.");

    private Command Login()
    {
        var provider = new Argument<string>("provider") { Description = "microsoft, google, or the URL of an authorization server." };
        var user = new Option<string>("--user", "-u") { Description = "The user of the mail server.", Required = true };
        var clientId = new Option<string>("--client-id") { Description = "The id of your application.", Required = true };
        var tenant = new Option<string>("--tenant")
        {
            Description = "The directory of Microsoft Entra.",
            DefaultValueFactory = _ => "organizations",
        };
        var server = new Option<string?>("--server", "-s") { Description = "smtp://host:port; default: that of the provider." };
        var scope = new Option<string?>("--scope") { Description = "What to consent to; default: sending with this provider." };
        var device = new Option<bool>("--device") { Description = "Show a code to enter on any device, and open no browser." };
        var command = new Command(
            "login",
            "Signs a person in with OAuth 2, stores the refresh token for this user of the machine, and proves it on the mail server. A "
            + $"secret of the application is read from {LoginCommand.SecretVariable}.")
        {
            provider, user, clientId, tenant, server, scope, device, Timeout, Trust,
        };
        command.SetAction((parsed, cancellationToken) => LoginCommand.RunAsync(
            new LoginArguments(
                parsed.GetValue(provider)!, parsed.GetValue(user)!, parsed.GetValue(clientId)!, parsed.GetValue(tenant)!,
                parsed.GetValue(server), parsed.GetValue(scope), parsed.GetValue(device), parsed.GetValue(Timeout),
                parsed.GetValue(Trust)),
            context, cancellationToken));
        return command;
    }

    private Command Serve()
    {
        var port = new Option<int>("--port", "-p") { Description = "The port of the SMTP server.", DefaultValueFactory = _ => 1025 };
        var web = new Option<int>("--web", "-w") { Description = "The port of the mailbox.", DefaultValueFactory = _ => 8025 };
        var tls = new Option<SmtpTestTlsMode>("--tls")
        {
            Description = "None, StartTls or Implicit, with a self-signed certificate.",
            DefaultValueFactory = _ => SmtpTestTlsMode.None,
        };
        var anywhere = new Option<bool>("--anywhere")
        {
            Description = "Listen on all addresses, for containers; anyone on the network can read all messages.",
        };
        var allowHost = new Option<string[]>("--allow-host")
        {
            Description = "A host name by which the mailbox may be called, beside those of this machine; can be repeated.",
        };
        var keep = new Option<int>("--keep") { Description = "The number of messages to keep.", DefaultValueFactory = _ => 500 };
        var release = new Option<string?>("--release")
        {
            Description = "smtp://user@host:port: the server over which the mailbox can send a message to real addresses.",
        };
        var releaseTo = new Option<string[]>("--release-to")
        {
            Description = "An address or a domain to which alone the mailbox can send; can be repeated.",
        };
        var requestLinks = new Option<bool>("--request-links")
        {
            Description = "Let the mailbox request the addresses in a message, to show which of them answer.",
        };
        var command = new Command("serve", "Runs an SMTP server for development that delivers no message, and shows all in a browser.")
        {
            port, web, tls, anywhere, allowHost, keep, release, releaseTo, requestLinks,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var (smtpPort, webPort) = (parsed.GetValue(port), parsed.GetValue(web));
            foreach (var number in new[] { smtpPort, webPort })
            {
                if (number is < 0 or > 65535)
                    throw new UsageException($"{number} is not a valid port. Use 1 to 65535, or 0 for a free port.");
            }
            if (parsed.GetValue(keep) < 1)
                throw new UsageException($"--keep must be at least 1, but is {parsed.GetValue(keep)}.");
            var arguments = new ServeArguments(
                smtpPort, webPort, parsed.GetValue(tls), parsed.GetValue(anywhere), parsed.GetValue(allowHost) ?? [],
                parsed.GetValue(keep),
                GetRelease(parsed.GetValue(release), parsed.GetValue(releaseTo) ?? []),
                parsed.GetValue(requestLinks));
            ThrowIfOpenToAll(arguments);
            return ServeCommand.RunAsync(arguments, context, cancellationToken);
        });
        return command;
    }

    private ServerOptions? GetRelease(string? url, string[] recipients)
    {
        if (url is not null)
            return Server.GetOptions(url, context, mayAsk: true) with { AllowedRecipients = recipients };
        return recipients.Length == 0
            ? null
            : throw new UsageException("--release-to needs --release with the server over which the mailbox sends.");
    }

    /// <summary>Whoever reaches a mailbox can use it: others on the network must not send or request through this machine.</summary>
    private static void ThrowIfOpenToAll(ServeArguments arguments)
    {
        if (!arguments.Anywhere)
            return;
        if (arguments.Release is { AllowedRecipients.Count: 0 })
        {
            throw new UsageException(
                "With --anywhere, anyone on the network could send to any address with --release. "
                + "Limit the addresses with --release-to.");
        }
        if (arguments.RequestsLinks)
        {
            throw new UsageException(
                "With --anywhere, anyone on the network could have this machine request any address. Leave --request-links out.");
        }
    }

    private Command Convert()
    {
        var from = new Argument<string>("from") { Description = "The file to read: .eml or .json." };
        var to = new Argument<string>("to") { Description = "The file to write: .json or .eml." };
        var force = new Option<bool>("--force") { Description = "Replace the file to write, if it exists." };
        var command = new Command("convert", "Converts an email between .eml and .json.") { from, to, force };
        command.SetAction(parsed =>
        {
            EmailFiles.Write(EmailFiles.Read(parsed.GetValue(from)!), parsed.GetValue(to)!, parsed.GetValue(force));
            context.Screen.MarkupLineInterpolated($"Written to {parsed.GetValue(to)}");
            return ExitCodes.Success;
        });
        return command;
    }

    private Command Completion()
    {
        var shell = new Argument<string>("shell") { Description = $"{string.Join(", ", CompletionScripts.Shells)}." };
        shell.CompletionSources.Add([.. CompletionScripts.Shells]);
        var command = new Command("completion", "Prints a script for a shell, with which the Tab key completes commands and options.")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            context.Output.Write(CompletionScripts.For(parsed.GetValue(shell)!));
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The words that name a command, each with a blank behind it.</summary>
    private static string PathOf(CommandResult result) => result.Command is RootCommand
        ? "" : $"{(result.Parent is CommandResult parent ? PathOf(parent) : "")}{result.Command.Name} ";

    private Command Manual()
    {
        var command = new Command("man", "Prints the manual page; \"man -l -\" shows it.");
        command.SetAction(_ =>
        {
            context.Output.Write(ManualPage.Of(CreateRoot()));
            return ExitCodes.Success;
        });
        return command;
    }
}
