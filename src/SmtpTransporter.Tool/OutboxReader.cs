using System.Globalization;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>Shows the emails of an outbox.</summary>
internal sealed class OutboxReader(IOutbox outbox, ToolContext context)
{
    /// <summary>The largest page.</summary>
    public const int MaxLimit = 1000;

    public async Task<int> CountAsync(OutboxQuery query, CancellationToken cancellationToken)
    {
        var count = await outbox.CountAsync(query, OutboxMatchCount.MaxLimit, cancellationToken);
        await context.Output.WriteLineAsync(count.ToString());
        return ExitCodes.Success;
    }

    /// <summary>Goes on until there are as many as wanted: a page of a search email by email may have few, or none.</summary>
    public async Task<int> ListAsync(
        OutboxQuery query, int limit, string? page, string format, CancellationToken cancellationToken)
    {
        using var writer = format == "text" ? null : CreateWriter(format);
        var (next, count) = (page, 0);
        try
        {
            do
            {
                var found = await outbox.ListAsync(query, limit - count, next, cancellationToken: cancellationToken);
                foreach (var entry in found.Entries)
                    Write(entry, writer);
                (next, count) = (found.NextPage, count + found.Entries.Count);
            }
            while (count < limit && next is not null);
        }
        catch (OperationCanceledException) when (next != page)
        {
            await context.Errors.WriteLineAsync($"To go on from here: --page {next}");
            throw;
        }
        if (count == 0)
            await context.Errors.WriteLineAsync("No emails.");
        if (next is not null)
            await context.Errors.WriteLineAsync($"There are more: --page {next}");
        return ExitCodes.Success;
    }

    public async Task<int> ExportAsync(OutboxQuery query, string format, string? folder, CancellationToken cancellationToken)
    {
        if (format == "eml")
            return await ExportMessagesAsync(query, folder, cancellationToken);
        if (folder is not null)
            throw new UsageException("--output is the folder for --format eml; the others go to the standard output.");
        using var writer = CreateWriter(format);
        var written = 0;
        await foreach (var entry in outbox.ExportAsync(query, cancellationToken))
        {
            writer.Write(entry);
            written++;
        }
        await context.Errors.WriteLineAsync($"{Counted.Of(written, "email")} written.");
        return ExitCodes.Success;
    }

    private async Task<int> ExportMessagesAsync(OutboxQuery query, string? folder, CancellationToken cancellationToken)
    {
        if (folder is null)
            throw new UsageException("--format eml needs a folder: --output FOLDER.");
        var (written, missing) = (0, 0);
        try
        {
            Directory.CreateDirectory(folder);
            await foreach (var entry in outbox.ExportAsync(query, cancellationToken))
            {
                if (!entry.IsReadable || await outbox.GetMessageAsync(entry.Id, cancellationToken) is not { } message)
                {
                    missing++;
                    continue;
                }
                await using var file = File.Create(Path.Combine(folder, $"{entry.Id}.eml"));
                await file.WriteAsync(message.Message, cancellationToken);
                written++;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{folder}: {exception.Message}", exception);
        }
        await context.Errors.WriteLineAsync(
            $"{Counted.Of(written, "message")} written to {folder}."
            + (missing == 0 ? "" : $" {Counted.Of(missing, "email")} left out: erased, removed after their time (KeepMessageFor), "
                + "or not to be decrypted here."));
        return missing == 0 ? ExitCodes.Success : ExitCodes.Failed;
    }

    private void Write(OutboxEntry entry, OutboxEntryWriter? writer)
    {
        if (writer is null)
            context.Output.WriteLine(Line(entry));
        else
            writer.Write(entry);
    }

    private OutboxEntryWriter CreateWriter(string format) => new(context.Output, format == "csv");

    private static string Line(OutboxEntry entry) => TerminalText.Of(string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.CreatedAt:u}  {entry.State,-12}  {entry.Id}  {Addresses(entry)}  {entry.Subject}")
        + (entry.HasMessage ? "" : "  (no message)"));

    private static string Addresses(OutboxEntry entry) => string.Join(", ", entry.Recipients.Select(r => r.Address));
}
