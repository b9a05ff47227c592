using System.CommandLine;

namespace SmtpTransport.Tool;

internal sealed partial class CommandLineTool
{
    private Command Send()
    {
        var files = new Argument<string[]>("files") { Description = "Emails as .eml or .json.", Arity = ArgumentArity.ZeroOrMore };
        var server = new Option<string?>("--server", "-s") { Description = $"smtp://user@host:port; default: {Server.UrlVariable}." };
        var from = new Option<string?>("--from")
        {
            Description = "The sender, also of emails from files; default: the user, if it is an address.",
        };
        var to = new Option<string[]>("--to") { Description = "A recipient; can be repeated." };
        var subject = new Option<string?>(ArgumentErrors.Subject) { Description = "The subject." };
        var text = new Option<string?>(ArgumentErrors.Text) { Description = "The text; - reads it from the standard input." };
        var html = new Option<string?>("--html") { Description = "A file with the HTML; images in its folder are embedded." };
        var attach = new Option<string[]>("--attach") { Description = "A file to attach; can be repeated." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Send nothing, write what would be sent, and name what would fail." };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The folder for the .eml files of a dry run; default: the standard output.",
        };
        var force = new Option<bool>("--force") { Description = "Replace files in the folder of a dry run." };
        var merge = new MergeOptions();
        var command = new Command(
            "send",
            "Sends emails from files, from arguments or by mail merge, and shows the result of each. A mail merge keeps a ledger, so that "
            + "the same command sends what is left after it was interrupted.")
        {
            files, server, from, to, subject, text, html, attach,
        };
        foreach (var option in merge.All)
            command.Add(option);
        foreach (var option in new Option[] { dryRun, output, force, Timeout, Trust, AsJson })
            command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var arguments = new EmailArguments(
                parsed.GetValue(from), parsed.GetValue(to) ?? [], parsed.GetValue(subject), parsed.GetValue(text), parsed.GetValue(html),
                parsed.GetValue(attach) ?? []);
            var paths = parsed.GetValue(files) ?? [];
            var (json, isDry) = (parsed.GetValue(AsJson), parsed.GetValue(dryRun));
            var csv = merge.Read(parsed, json);
            ThrowIfContradictory(paths, arguments, csv);
            if (!isDry && (parsed.GetValue(output) ?? (parsed.GetValue(force) ? "" : null)) is not null)
                throw new UsageException("--output and --force are for --dry-run: without it, no file is written.");
            var url = parsed.GetValue(server);
            var options = isDry ? Server.GetOptionsForDryRun(url, context) : Server.GetOptions(url, context, !json);
            options = Server.Apply(options, parsed.GetValue(Timeout), parsed.GetValue(Trust));
            var emails = paths.Length == 0 ? [arguments.ToEmail(options)] : arguments.ReadEmails(paths);
            if (isDry)
                return RunDry(new DryRun(parsed.GetValue(output), parsed.GetValue(force), options, context), emails, csv);
            return csv is null
                ? await SendCommand.RunAsync(options, emails, json, context, cancellationToken)
                : await new MergeCommand(csv, context, cancellationToken).RunAsync(emails[0], options);
        });
        return command;
    }

    private int RunDry(DryRun run, IReadOnlyList<Email> emails, MergeArguments? csv)
    {
        if (csv is null)
            return run.Run(emails);
        using var table = CsvTable.Open(csv.Csv, csv.Encoding, context.OpenInput);
        return run.Run(new Merge(emails[0], table, csv.ToColumn), table);
    }

    private static void ThrowIfContradictory(string[] paths, EmailArguments arguments, MergeArguments? csv)
    {
        if (paths.FirstOrDefault(p => p.Contains('@', StringComparison.Ordinal) && !File.Exists(p)) is { } address)
            throw new UsageException($"{address} is no file. If it is a recipient, write --to before each one.");
        if (csv is not null)
        {
            if (csv.Csv != TextFiles.StandardInput)
                TextFiles.ThrowIfMissing(csv.Csv);
            if (paths.Length > 1 || (paths.Length == 1 && arguments.IsGiven))
                throw new UsageException("--csv needs exactly one template: one file, or --subject, --text and --html.");
            if (arguments.To.Length > 0)
                throw new UsageException("--to cannot be combined with --csv, whose lines are the recipients.");
            if (csv.Csv == TextFiles.StandardInput && arguments.Text == TextFiles.StandardInput)
                throw new UsageException("--csv and --text cannot both be read from the standard input.");
        }
        if (paths.Length == 0 && !arguments.IsGiven)
            throw new UsageException("No email. Give files (.eml, .json), or --to with --subject and --text.");
        if (paths.Length > 0 && arguments.IsGiven)
            throw new UsageException("Files cannot be combined with --to, --subject, --text, --html or --attach.");
    }
}
