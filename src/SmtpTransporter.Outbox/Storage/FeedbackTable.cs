using System.Data.Common;
using System.Security.Cryptography;

namespace SmtpTransport.Outbox;

/// <summary>
/// Records what came back as entries of the history: nobody rewrites those, neither a worker that settles the email meanwhile nor one of an
/// earlier version of the package. Thread-safe.
/// </summary>
internal sealed class FeedbackTable(Database database, EmailTable emails, PayloadProtector protector)
{
    // Of one entry of the history. A recipient with its words has up to 1.5 KB.
    private const int MaxReports = 1000;

    private readonly Func<DbDataReader, EmailRow> _readRow = EmailRow.CreateReader(protector);

    private TableNames Tables => database.Tables;

    /// <summary>Adds to an email what is new, while its row is locked.</summary>
    /// <returns>What was recorded; null if there is no such email, or its content was erased.</returns>
    /// <exception cref="CryptographicException">The email or its history cannot be decrypted.</exception>
    public async Task<RecordedFeedback?> AddAsync(
        DbTransaction transaction, Guid id, StoredFeedback feedback, CancellationToken cancellationToken)
    {
        var rows = await transaction.Connection!.ListAsync(
            $"SELECT {EmailRow.Columns} FROM {Tables.Email} WHERE id = @id AND search <> {SearchCodes.Erased} {database.LockById}",
            _readRow, cancellationToken, transaction, ("id", Ids.Text(id))).ConfigureAwait(false);
        if (rows is not [var row])
            return null;
        var history = await emails.ListDetailsAsync(transaction, id, cancellationToken).ConfigureAwait(false);
        // Without the recipients and what came before, nobody can tell what is new: the report waits for the key.
        var envelope = row.Envelope;
        if (history.Any(d => ReferenceEquals(d, AttemptDetails.Unreadable)))
        {
            throw new CryptographicException(
                $"The history of the email {id} cannot be decrypted. Give this application the keys with which it was stored.");
        }
        var targets = new ReportTargets(
            envelope.Recipients, history.SelectMany(d => d.Recipients ?? []).Select(r => r.Address));
        var recorded = new RecordedReports(targets);
        List<StoredFeedback> known = [.. history.Select(d => d.Feedback).OfType<StoredFeedback>()];
        foreach (var feedbackBefore in known)
            recorded.Add(feedbackBefore);
        var isRepeated = recorded.HasReport(feedback.ReportId);
        List<StoredReport> added = [.. feedback.Reports.Where(r => recorded.TryAdd(feedback.ReportId, r))];
        foreach (var some in added.Chunk(MaxReports))
        {
            var details = (feedback with { Reports = some }).ToDetails();
            await emails.AddAttemptAsync(transaction, row, details, cancellationToken).ConfigureAwait(false);
        }
        var before = known.Where(f => f.ReportId == feedback.ReportId).SelectMany(f => f.ToReports());
        return new RecordedFeedback(row, envelope, targets, feedback, feedback with { Reports = added }, [.. before], isRepeated);
    }
}
