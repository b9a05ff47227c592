using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>The commands for an outbox.</summary>
internal sealed partial class CommandLineTool
{
    private static readonly Argument<string?> DatabaseArgument = new("database")
    {
        Description = "A connection string: \"Host=…;Database=…\" (PostgreSQL), \"Server=…;Database=…\" (MariaDB) or "
            + $"\"Data Source=…\" (SQLite); default: {SchemaCommand.DatabaseVariable}.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> Prefix = new("--prefix")
    {
        Description = "What the names of the tables begin with.",
        DefaultValueFactory = _ => "smtp_outbox",
    };

    private static readonly Option<string?> Schema = new("--schema")
    {
        Description = "The schema in PostgreSQL; default: the first of the search path.",
    };

    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    private static readonly Option<string> By = new("--by")
    {
        Description = "Who decides, for the history; default: the user of this machine.",
        DefaultValueFactory = _ => Environment.UserName,
    };

    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the history." };

    private Command Outbox() => new("outbox", "Finds the emails of an outbox and acts on them, and looks after its database.")
    {
        OutboxList(), OutboxCount(), OutboxExport(), OutboxErase(), OutboxSuppress(), OutboxSchema(), OutboxStatus(), OutboxLaneList(),
        OutboxSwitch(
            "pause",
            "Stops the sending of a lane, of a transporter or of everything; returns when no worker begins such an email any more.",
            [By, Reason],
            (pauses, parsed, cancellationToken) => pauses.PauseAsync(parsed.GetValue(By)!, parsed.GetValue(Reason), cancellationToken)),
        OutboxSwitch(
            "resume", "Ends such a pause.", [By],
            (pauses, parsed, cancellationToken) => pauses.ResumeAsync(parsed.GetValue(By)!, cancellationToken)),
        OutboxAction(
            "resend", DecisionKind.Resend,
            "Sends dead letters again, at once; parked and other emails only if --state names them. What has left then cannot be undone: "
            + "pause first to look at them, or to cancel them with --decided-by."),
        OutboxAction("discard", DecisionKind.Discard, "Decides that dead letters and parked emails are never sent."),
        OutboxAction("cancel", DecisionKind.Cancel, "Cancels emails that wait."),
        OutboxAction(
            "restore", DecisionKind.Restore,
            "Undoes cancel and discard: canceled emails wait again, discarded ones are again what they were."),
    };

    private Command OutboxList()
    {
        var limit = new Option<int>("--limit")
        {
            Description = $"The number of emails; 1 to {OutboxReader.MaxLimit}.",
            DefaultValueFactory = _ => 100,
        };
        var page = new Option<string?>("--page") { Description = "The page that the one before names." };
        return OutboxCommand(
            "list", "Lists emails, the newest first, page by page.", [limit, page, OutboxFilters.Format("text", "json", "csv")],
            (outbox, query, parsed, cancellationToken) => new OutboxReader(outbox, context).ListAsync(
                query, OutboxFilters.ReadLimit(parsed, limit, OutboxReader.MaxLimit), OutboxFilters.ReadPage(parsed, page),
                OutboxFilters.ReadFormat(parsed), cancellationToken));
    }

    private Command OutboxCount() => OutboxCommand(
        "count", "Counts emails, up to a million.", [],
        (outbox, query, _, cancellationToken) => new OutboxReader(outbox, context).CountAsync(query, cancellationToken));

    private Command OutboxExport()
    {
        var output = new Option<string?>("--output", "-o") { Description = "The folder for --format eml.", HelpName = "folder" };
        return OutboxCommand(
            "export", "Writes emails with their histories, the oldest first, one a line; or their messages as files.",
            [OutboxFilters.Format("json", "csv", "eml"), output],
            (outbox, query, parsed, cancellationToken) => new OutboxReader(outbox, context).ExportAsync(
                query, OutboxFilters.ReadFormat(parsed), parsed.GetValue(output), cancellationToken));
    }

    private Command OutboxAction(string name, DecisionKind kind, string description) => OutboxCommand(
        name, $"{description} Shows how many first, and asks.", [By, Reason, Yes],
        (outbox, query, parsed, cancellationToken) => CreateActor(outbox, parsed).ActAsync(
            kind, query, OutboxFilters.Describe(parsed), cancellationToken));

    private Command OutboxStatus()
    {
        var command = new Command("status", "Shows how many emails are in each state, what is late, and what is paused, by whom and why.")
        {
            DatabaseArgument, Prefix, Schema,
        };
        command.SetAction((parsed, cancellationToken) => WithOutboxAsync(
            parsed, services => CreatePauses(services, null, null).ShowStatusAsync(cancellationToken), cancellationToken));
        return command;
    }

    private Command OutboxLaneList()
    {
        var limit = new Option<int>("--limit")
        {
            Description = $"The number of lanes; 1 to {OutboxLanes.MaxLimit}.",
            DefaultValueFactory = _ => 100,
        };
        var command = new Command("lanes", "Lists the lanes with emails that wait or are being sent, since when, and what is paused.")
        {
            DatabaseArgument, Prefix, Schema, limit,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var count = OutboxFilters.ReadLimit(parsed, limit, OutboxLanes.MaxLimit);
            return WithOutboxAsync(
                parsed,
                services => new OutboxLanes(GetOutbox(services), GetMonitor(services), context).ListAsync(count, cancellationToken),
                cancellationToken);
        });
        return command;
    }

    private Command OutboxSwitch(
        string name, string description, Option[] options, Func<OutboxPauses, ParseResult, CancellationToken, Task<int>> run)
    {
        var transporter = new Option<string?>("--transporter") { Description = "Its key, or empty for the one without; default: all." };
        var lane = new Option<string?>("--lane") { Description = "Its name, or empty for the one without; default: all." };
        var command = new Command(name, description) { DatabaseArgument, Prefix, Schema, transporter, lane };
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) => WithOutboxAsync(
            parsed,
            services => run(
                CreatePauses(services, parsed.GetValue(transporter), parsed.GetValue(lane)), parsed, cancellationToken),
            cancellationToken));
        return command;
    }

    private Command OutboxErase()
    {
        var recipient = new Option<string?>("--recipient") { Description = "The plain address.", Required = true };
        var cancel = new Option<bool>("--cancel-waiting") { Description = "Cancel emails that wait, and erase them too." };
        var command = new Command(
            "erase", "Removes the content of all emails to an address that have ended. Shows how many there are first, and asks.")
        {
            DatabaseArgument, Prefix, Schema, recipient, cancel, By, Reason, Yes,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var address = OutboxFilters.ReadAddress(parsed, recipient)!;
            return WithOutboxAsync(
                parsed,
                services => CreateActor(GetOutbox(services), parsed).EraseAsync(address, parsed.GetValue(cancel), cancellationToken),
                cancellationToken);
        });
        return command;
    }

    private Command OutboxSchema()
    {
        var check = new Option<bool>("--check") { Description = "Compare the tables in the database, and show what to run." };
        var command = new Command(
            "schema", "Prints the tables of an outbox as SQL for the kind of database, or compares those in the database. Changes nothing.")
        {
            DatabaseArgument, check, Prefix, Schema,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new OutboxOptions();
            SchemaCommand.Configure(options, GetDatabase(parsed), context);
            return parsed.GetValue(check)
                ? SchemaCommand.CheckAsync(options, context, cancellationToken)
                : SchemaCommand.PrintAsync(options, context);
        });
        return command;
    }

    /// <summary>A command on the emails that filters choose.</summary>
    private Command OutboxCommand(
        string name, string description, Option[] options, Func<IOutbox, OutboxQuery, ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description) { DatabaseArgument, Prefix, Schema };
        foreach (var option in OutboxFilters.All.Concat(options))
            command.Options.Add(option);
        command.SetAction((parsed, cancellationToken) =>
        {
            var query = OutboxFilters.Read(parsed);
            return WithOutboxAsync(parsed, services => run(GetOutbox(services), query, parsed, cancellationToken), cancellationToken);
        });
        return command;
    }

    private Task<int> WithOutboxAsync(ParseResult parsed, Func<IServiceProvider, Task<int>> run, CancellationToken cancellationToken) =>
        OutboxConnection.RunAsync(GetDatabase(parsed), run, context, cancellationToken);

    private static IOutbox GetOutbox(IServiceProvider services) => services.GetRequiredService<IOutbox>();

    private static IOutboxMonitor GetMonitor(IServiceProvider services) => services.GetRequiredService<IOutboxMonitor>();

    private OutboxPauses CreatePauses(IServiceProvider services, string? transporter, string? lane) =>
        new(GetOutbox(services), GetMonitor(services), context, transporter, lane);

    private OutboxActor CreateActor(IOutbox outbox, ParseResult parsed) =>
        new(outbox, context, parsed.GetValue(By)!, parsed.GetValue(Reason), parsed.GetValue(Yes));

    private static OutboxDatabase GetDatabase(ParseResult parsed) =>
        new(parsed.GetValue(DatabaseArgument), parsed.GetValue(Prefix)!, parsed.GetValue(Schema));
}
