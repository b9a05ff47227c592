using System.CommandLine;
using System.Globalization;

namespace SmtpTransport.Tool;

/// <summary>Writes the manual page, in the macros of man(7), from the commands themselves.</summary>
internal static class ManualPage
{
    private const string Title = "SMTP-TRANSPORTER";

    private static readonly (string Name, string Description)[] Variables =
    [
        (Server.UrlVariable, "The URL of the server, if no argument has one."),
        (Server.PasswordVariable, "The password."),
        (Server.TokenVariable, "An OAuth 2 access token."),
        (StoredLogin.FolderVariable, "The folder in which login stores what send and check use."),
        (LoginCommand.SecretVariable, "The secret of the application, for login."),
        (SchemaCommand.DatabaseVariable, "The connection string of the outbox."),
        ("NO_COLOR", "If it is set, the output has no color."),
    ];

    private static readonly (string Name, string Description)[] Codes =
    [
        (Invariant(ExitCodes.Success), "Done."),
        (Invariant(ExitCodes.Failed), "An email was refused, failed permanently, or is in doubt; or a check failed permanently."),
        (Invariant(ExitCodes.Usage), "Wrong usage, or a file or port that cannot be used."),
        (Invariant(ExitCodes.TryAgain), "Failed temporarily, or canceled; a retry makes sense."),
    ];

    /// <returns>The page, with a line feed at each end of a line.</returns>
    public static string Of(RootCommand root)
    {
        using var page = new StringWriter(CultureInfo.InvariantCulture);
        page.Write($".TH {Title} 1 \"\" \"{CommandLineTool.Name}\" \"User Commands\"\n");
        page.Write($".SH NAME\n{Escape(CommandLineTool.Name)} \\- check mail servers, send emails, and look at them\n");
        page.Write(".SH SYNOPSIS\n");
        page.Write($".B {Escape(CommandLineTool.Name)}\n.I command\n[\\fIoptions\\fR] [\\fIarguments\\fR]\n");
        page.Write(".SH DESCRIPTION\n");
        page.Write(string.Join(".PP\n", root.Description!.Split("\n\n").Select(Line)));
        page.Write(".SH COMMANDS\n");
        foreach (var command in root.Subcommands)
            WriteCommand(page, command, "");
        WriteList(page, "ENVIRONMENT", Variables);
        WriteList(page, "EXIT STATUS", Codes);
        return page.ToString();
    }

    private static void WriteCommand(StringWriter page, Command command, string prefix)
    {
        var name = prefix + command.Name;
        foreach (var child in command.Subcommands)
            WriteCommand(page, child, $"{name} ");
        if (command.Action is null)
            return;
        var arguments = string.Concat(command.Arguments.Select(a => $" \\fI{Escape(a.Name)}\\fR"));
        page.Write($".SS {Escape(name)}\n.B {Escape(name)}\n[\\fIoptions\\fR]{arguments}\n.PP\n{Line(command.Description!)}");
        foreach (var argument in command.Arguments)
            page.Write($".TP\n.I {Escape(argument.Name)}\n{Line(argument.Description!)}");
        foreach (var option in command.Options)
        {
            var names = string.Join(", ", option.Aliases.Prepend(option.Name).Distinct().Select(n => $"\\fB{Escape(n)}\\fR"));
            page.Write($".TP\n{names}{ValueOf(option)}\n{Line(option.Description!)}");
        }
    }

    private static string ValueOf(Option option) =>
        option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0
            ? ""
            : $" \\fI{Escape(option.HelpName ?? option.Name.TrimStart('-'))}\\fR";

    private static void WriteList(StringWriter page, string heading, (string Name, string Description)[] items)
    {
        page.Write($".SH {heading}\n");
        foreach (var (name, description) in items)
            page.Write($".TP\n.B {Escape(name)}\n{Line(description)}");
    }

    // A line that begins with a dot or a quote would be a macro.
    private static string Line(string text) =>
        (text[0] is '.' or '\'' ? "\\&" : "") + Escape(text).Replace("\n", "\n.br\n", StringComparison.Ordinal) + "\n";

    private static string Escape(string text) => text
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("…", "\\[u2026]", StringComparison.Ordinal);

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);
}
