using System.Runtime.CompilerServices;

namespace SmtpTransport;

/// <summary>
/// One mail in as many transactions as the server needs: recipients beyond the number that it announces (RCPTMAX, RFC 9422), and those that it
/// refused only because they were too many for one (RFC 5321, section 4.5.3.1.10), get the mail in the next.
/// </summary>
internal static class RecipientBatches
{
    /// <returns>The reply to the first message.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<string> SendAsync(bool async, SmtpConnection connection, OutgoingMessage message, DeliveryRecord transaction, Deadline deadline)
    {
        var all = message.Envelope.Recipients;
        var most = connection.Extensions.MostRecipients;
        var reply = await connection.SendAsync(async, message, all.Count <= most ? all : [.. all.Take(most)], transaction, deadline).ConfigureAwait(false);
        transaction.Delivered = true;
        for (var later = most; later < all.Count; later++)
            transaction.Answer(all[later], DeliveryRecord.TooManyReply);
        var rest = transaction.TooMany;
        if (rest.Count > 0)
            transaction.Took(all.Count <= most ? all : [.. all.Take(most)]);
        while (rest.Count > 0 && connection.IsUsable)
        {
            var now = rest.Count <= most ? rest : [.. rest.Take(most)];
            transaction.BeginPass(now);
            try
            {
                await connection.SendAsync(async, message, now, transaction, deadline).ConfigureAwait(false);
                transaction.Took(now);
            }
            catch (Exception exception)
            {
                var refusal = FailureClassifier.Classify(exception, deadline, connection).Reply;
                // After the last byte and before the answer, it is in doubt for all.
                if (transaction.MessageSent && refusal is null)
                    throw;
                transaction.EndPass(now, refusal);
                if (deadline.CanceledByCaller)
                    throw;
            }
            var next = transaction.TooMany;
            if (next.Count >= rest.Count)
                break;
            rest = next;
        }
        return reply;
    }
}
