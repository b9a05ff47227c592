namespace SmtpTransport;

/// <summary>
/// Decides whether a message is sent again, and how. It is only ever sent to recipients who cannot have it: nothing follows a message whose
/// end was sent without a reply. docs/results-and-retries.md has the same table.
/// </summary>
internal static class DeliveryPolicy
{
    /// <param name="ending">How the transaction ended.</param>
    /// <param name="someoneLeft">Whether there are recipients who neither have the message nor were refused or put off.</param>
    /// <param name="progress">
    /// Whether there are fewer of them than before the transaction, or it is known now that fewer are to be tried at once. Without it the
    /// same would be tried again for ever.
    /// </param>
    /// <param name="delivered">Whether other recipients have the message.</param>
    /// <param name="wasUsed">
    /// Whether the session had been used or idle before the transaction: it may be the cause, and not the email.
    /// </param>
    public static NextStep After(TransactionEnding ending, bool someoneLeft, bool progress, bool delivered, bool wasUsed) =>
        !someoneLeft ? NextStep.Stop : ending switch
        {
            // A transaction took as many as it takes, or its recipients were refused: the others get their own.
            TransactionEnding.Accepted or TransactionEnding.RecipientsRefused => progress ? NextStep.GoOn : NextStep.Stop,
            // What the server says of the message counts for all, unless others have it already.
            TransactionEnding.MessageRefused => progress && delivered ? NextStep.GoOn : NextStep.Stop,
            // The connection failed and not the email; or what was answered before it failed need not be asked again.
            TransactionEnding.ServerClosed or TransactionEnding.ConnectionLost when progress || wasUsed => NextStep.NewConnection,
            // The server may be about to restart.
            TransactionEnding.ConnectionLost => NextStep.Reconnect,
            TransactionEnding.StateLost or TransactionEnding.OutOfStep => wasUsed ? NextStep.NewConnection : NextStep.Stop,
            _ => NextStep.Stop,
        };
}
