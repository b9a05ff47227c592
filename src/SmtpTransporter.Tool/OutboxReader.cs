using System.Globalization;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>Shows the emails of an outbox.</summary>
internal sealed class OutboxReader(IOutbox outbox, ToolContext context)
{
    public async Task<int> CountAsync(OutboxQuery query, CancellationToken cancellationToken)
    {
        var count = await outbox.CountAsync(query, OutboxMatchCount.MaxLimit, cancellationToken);
        await context.Output.WriteLineAsync(count.ToString());
        return ExitCodes.Success;
    }

    public async Task<int> ListAsync(
        OutboxQuery query, int limit, string? page, string format, CancellationToken cancellationToken)
    {
        var found = await outbox.ListAsync(query, limit, page, cancellationToken: cancellationToken);
        if (format == "text")
        {
            foreach (var entry in found.Entries)
                await context.Output.WriteLineAsync(Line(entry));
        }
        else
        {
            using var writer = CreateWriter(format);
            foreach (var entry in found.Entries)
                writer.Write(entry);
        }
        if (found.Entries.Count == 0)
            await context.Errors.WriteLineAsync("No emails.");
        if (found.NextPage is not null)
            await context.Errors.WriteLineAsync($"There are more: --page {found.NextPage}");
        return ExitCodes.Success;
    }

    public async Task<int> ExportAsync(OutboxQuery query, string format, string? folder, CancellationToken cancellationToken)
    {
        if (format == "eml")
            return await ExportMessagesAsync(query, folder, cancellationToken);
        if (folder is not null)
            throw new UsageException("--output is the folder for --format eml; the others go to the standard output.");
        using var writer = CreateWriter(format);
        await foreach (var entry in outbox.ExportAsync(query, cancellationToken))
            writer.Write(entry);
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

    private OutboxEntryWriter CreateWriter(string format) => new(context.Output, format == "csv");

    private static string Line(OutboxEntry entry) => Visible(string.Create(
        CultureInfo.InvariantCulture,
        $"{entry.CreatedAt:u}  {entry.State,-12}  {entry.Id}  {Addresses(entry)}  {entry.Subject}")
        + (entry.HasMessage ? "" : "  (no message)"));

    private static string Addresses(OutboxEntry entry) => string.Join(", ", entry.Recipients.Select(r => r.Address));

    /// <summary>A text of others can bring no control sequence to a terminal.</summary>
    private static string Visible(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
