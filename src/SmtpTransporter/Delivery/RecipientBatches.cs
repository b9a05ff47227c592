using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// Sends one message in as many transactions as the server needs: recipients beyond the number that it announces (RCPTMAX, RFC 9422), and
/// those that
/// it refused only because they were too many for one (RFC 5321, section 4.5.3.1.10), get the message in the next.
/// </summary>
internal static class RecipientBatches
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<DeliveryRecord> SendAsync(bool async, SmtpSession session, OutgoingMessage message, Deadline deadline)
    {
        var record = new DeliveryRecord(message.Envelope);
        var all = message.Envelope.Recipients;
        var max = session.Extensions.MaxRecipients;
        record.Begin(await session.SendAsync(async, message, all.Count <= max ? all : [.. all.Take(max)], deadline).ConfigureAwait(false));
        var rest = record.IsDelivered ? record.TooMany : [];
        while (rest.Count > 0 && session.IsUsable)
        {
            IReadOnlyList<int> batch = rest.Count <= max ? rest : [.. rest.Take(max)];
            var result = await session.SendAsync(async, message, [.. batch.Select(i => all[i])], deadline).ConfigureAwait(false);
            record.Add(result, batch, decides: deadline.CanceledByCaller);
            var next = record.TooMany;
            // In doubt, it is in doubt for all.
            if (record.IsInDoubt || record.Failure is not null || next.Count >= rest.Count)
                break;
            rest = next;
        }
        return record;
    }
}
