using System.CommandLine;
using System.CommandLine.Parsing;

namespace SmtpTransport.Tool;

/// <summary>Finds what is wrong with the arguments, and what may have been meant.</summary>
internal static class ArgumentErrors
{
    /// <summary>The option for the subject.</summary>
    public const string Subject = "--subject";

    /// <summary>The option for the text.</summary>
    public const string Text = "--text";

    /// <returns>The errors; empty if there are none.</returns>
    public static IReadOnlyList<string> Find(IReadOnlyList<string> args, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // The parser would take an unknown option for a file, or for the value of the option before.
        var unknown = UnknownOptions(args, command).ToList();
        return unknown.Count > 0 ? unknown : [.. parsed.Errors.Select(error => Describe(error, command))];
    }

    private static IEnumerable<string> UnknownOptions(IReadOnlyList<string> args, Command command)
    {
        var names = OptionsOf(command).SelectMany(o => o.Aliases.Prepend(o.Name)).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < args.Count && args[i] != "--"; i++)
        {
            var name = args[i].Split('=', ':')[0];
            if (name.Length < 2 || name[0] != '-' || char.IsAsciiDigit(name[1]) || names.Contains(name))
                continue;
            // A subject or a text may begin with anything but the name of an option.
            if (i > 0 && args[i - 1] is Subject or Text
                && (name[1] != '-' || name.Length == 2 || args[i].Contains(' ', StringComparison.Ordinal)))
                continue;
            yield return $"Unknown option {name}.{Meant(name, names.Where(n => n.StartsWith("--", StringComparison.Ordinal)))}";
        }
    }

    private static IEnumerable<Option> OptionsOf(Command command)
    {
        for (Command? c = command; c is not null; c = c.Parents.OfType<Command>().FirstOrDefault())
        {
            foreach (var option in c.Options.Where(o => c == command || o.Recursive))
                yield return option;
        }
    }

    private static string Describe(ParseError error, Command command)
    {
        if (error.SymbolResult is CommandResult && command.Subcommands.Count > 0
            && Quoted(error.Message) is { } word && !word.StartsWith('-'))
            return $"\"{word}\" is no command of {(command is RootCommand ? CommandLineTool.Name : command.Name)}."
                + Meant(word, command.Subcommands.Select(c => c.Name));
        if (error.SymbolResult is CommandResult { Command.Subcommands: { Count: > 0 } commands } && Quoted(error.Message) is null)
            return $"No command. Give one of {string.Join(", ", commands.Select(c => c.Name))}.";
        // The parser would name the type in .NET.
        if (OptionOf(error.SymbolResult) is { Option: var option, Tokens: [var token, ..] } && Allowed(option.ValueType) is { } allowed)
            return $"{option.Name} is \"{token.Value}\"; it must be {allowed}.";
        return error.Message;
    }

    private static OptionResult? OptionOf(SymbolResult? result) => result as OptionResult ?? result?.Parent as OptionResult;

    private static string? Allowed(Type type) =>
        type == typeof(int) ? "a whole number" : type.IsEnum ? string.Join(", ", Enum.GetNames(type)) : null;

    private static string? Quoted(string text) => text.Split('\'') is [_, var word, ..] ? word : null;

    private static string Meant(string given, IEnumerable<string> names) =>
        NearNames.Of(given, names) is [var nearest, ..] ? $" Did you mean {nearest}?" : "";
}
