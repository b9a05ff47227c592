using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>The commands for the suppression list of an outbox.</summary>
internal sealed partial class CommandLineTool
{
    private Command OutboxSuppress()
    {
        var optional = new Option<string?>("--recipient") { Description = "The entries of one address; default: all." };
        var recipient = new Option<string>("--recipient") { Description = "The address.", Required = true };
        var stream = new Option<string?>("--stream") { Description = "The stream of emails, such as newsletter; default: all emails." };
        var limit = new Option<int>("--limit")
        {
            Description = $"The number of entries of a page; 1 to {OutboxReader.MaxLimit}.",
            DefaultValueFactory = _ => 100,
        };
        var page = new Option<string?>("--page") { Description = "The page that the one before names." };
        var cause = new Option<SuppressionReason>("--cause")
        {
            Description = "Why: manual, hardBounce, complaint or unsubscribe.",
            DefaultValueFactory = _ => SuppressionReason.Manual,
        };
        var words = new Option<string?>("--reason") { Description = "More about it, such as a server's reply." };
        var input = new Option<string>("--input", "-i") { Description = "The CSV file; - for the standard input.", Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "The CSV file; default: the standard output." };
        return new Command("suppress", "Shows and changes the addresses to which an outbox sends nothing.")
        {
            SuppressCommand(
                "list", "Lists entries, the newest first, page by page.", [optional, limit, page],
                (list, parsed, cancellationToken) => list.ListAsync(
                    OutboxFilters.ReadAddress(parsed, optional), OutboxFilters.ReadLimit(parsed, limit, OutboxReader.MaxLimit),
                    OutboxFilters.ReadPage(parsed, page), cancellationToken)),
            SuppressCommand(
                "add", "Adds an address, and holds back what waits; returns when no worker begins such an email any more.",
                [recipient, stream, cause, words, By],
                (list, parsed, cancellationToken) => list.AddAsync(
                    new Suppression(parsed.GetValue(recipient)!, parsed.GetValue(cause))
                    {
                        Stream = parsed.GetValue(stream), Words = parsed.GetValue(words), By = parsed.GetValue(By),
                    },
                    cancellationToken)),
            SuppressCommand(
                "remove", "Removes an entry. What it has held back stays canceled.", [recipient, stream, By],
                (list, parsed, cancellationToken) => list.RemoveAsync(
                    parsed.GetValue(recipient)!, parsed.GetValue(stream), parsed.GetValue(By)!, cancellationToken)),
            SuppressCommand(
                "import", "Adds the entries of a CSV file, as export writes it.", [input, By],
                (list, parsed, cancellationToken) => list.ImportAsync(
                    parsed.GetValue(input)!, parsed.GetValue(By)!, cancellationToken)),
            SuppressCommand(
                "export", "Writes all entries as CSV.", [output],
                (list, parsed, cancellationToken) => list.ExportAsync(parsed.GetValue(output), cancellationToken)),
        };
    }

    private Command SuppressCommand(
        string name, string description, Option[] options, Func<OutboxSuppressions, ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description) { DatabaseArgument, Prefix, Schema };
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => OutboxConnection.RunAsync(
            GetDatabase(parsed), services => run(
                new OutboxSuppressions(services.GetRequiredService<SuppressionList>(), context), parsed, cancellationToken),
            context, cancellationToken));
        return command;
    }
}
