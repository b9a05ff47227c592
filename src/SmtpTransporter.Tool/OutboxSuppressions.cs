using System.Globalization;
using System.Text;

namespace SmtpTransport.Tool;

/// <summary>Shows and changes the suppression list of an outbox.</summary>
internal sealed class OutboxSuppressions(ISuppressionList list, ToolContext context)
{
    public async Task<int> ListAsync(string? recipient, int limit, string? page, CancellationToken cancellationToken)
    {
        var found = recipient is null
            ? await list.ListAsync(limit, page, cancellationToken)
            : new SuppressionPage(await list.FindAsync(recipient, cancellationToken), null);
        foreach (var entry in found.Entries)
            await context.Output.WriteLineAsync(Line(entry));
        if (found.Entries.Count == 0)
            await context.Errors.WriteLineAsync("No entries.");
        if (found.NextPage is not null)
            await context.Errors.WriteLineAsync($"There are more: --page {found.NextPage}");
        return ExitCodes.Success;
    }

    public async Task<int> AddAsync(Suppression entry, CancellationToken cancellationToken)
    {
        var isNew = await list.AddAsync(entry, cancellationToken);
        await context.Output.WriteLineAsync(
            $"{entry.Address} {(isNew ? "was added" : "was on the list")}: no {EmailsOf(entry.Stream)} to it begins any more.");
        return ExitCodes.Success;
    }

    public async Task<int> RemoveAsync(string recipient, string? stream, string by, CancellationToken cancellationToken)
    {
        var isRemoved = await list.RemoveAsync(recipient, by, stream, cancellationToken);
        await context.Output.WriteLineAsync(
            isRemoved
                ? $"{recipient} was removed. What was held back stays canceled: see smtp-transporter outbox restore."
                : $"{recipient} has no entry for {(stream is null ? "all emails" : $"the stream \"{stream}\"")}.");
        return isRemoved ? ExitCodes.Success : ExitCodes.Failed;
    }

    /// <exception cref="UsageException">The file cannot be read, or a line is not valid.</exception>
    public async Task<int> ImportAsync(string input, string by, CancellationToken cancellationToken)
    {
        var content = input == TextFiles.StandardInput ? context.OpenInput() : TextFiles.Open(input);
        using var reader = new StreamReader(content, Encoding.UTF8);
        try
        {
            var added = await list.ImportAsync(reader, by, cancellationToken);
            await context.Output.WriteLineAsync($"{Counted.Of(added, "suppression")} {(added == 1 ? "was" : "were")} added.");
            return ExitCodes.Success;
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{input}: {exception.Message} What stands before it may be added.", exception);
        }
    }

    /// <summary>Writes the list to a file that its owner alone can read: as a whole, or not at all.</summary>
    /// <exception cref="UsageException">The file cannot be written.</exception>
    public async Task<int> ExportAsync(string? output, CancellationToken cancellationToken)
    {
        if (output is null)
        {
            await list.ExportAsync(context.Output, cancellationToken);
            return ExitCodes.Success;
        }
        var part = $"{output}.{Guid.NewGuid():N}.part";
        try
        {
            int written;
            try
            {
                await using (var file = new FileStream(part, OwnerOnly.Create(FileMode.CreateNew, FileAccess.Write)))
                await using (var writer = new StreamWriter(file, new UTF8Encoding(false)))
                    written = await list.ExportAsync(writer, cancellationToken);
                File.Move(part, output, overwrite: true);
            }
            finally
            {
                File.Delete(part);
            }
            await context.Errors.WriteLineAsync($"{Counted.Of(written, "suppression")}.");
            return ExitCodes.Success;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{output}: {exception.Message}", exception);
        }
    }

    private static string EmailsOf(string? stream) => stream is null ? "email" : $"email of \"{stream}\"";

    private static string Line(Suppression entry) => string.Join("  ", new[]
    {
        entry.At?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "",
        !entry.IsReadable ? "(not readable here)" : entry.Address.Length == 0 ? "(erased)" : entry.Address,
        entry.ToString(),
        entry.By ?? "",
        entry.Words ?? "",
    }.Where(text => text.Length > 0));
}
