namespace SmtpTransport;

/// <summary>How long the parts of one or several transactions took.</summary>
internal record struct TransactionTimes(TimeSpan Envelope, TimeSpan Message, TimeSpan Reply)
{
    public static TransactionTimes operator +(TransactionTimes left, TransactionTimes right) =>
        new(left.Envelope + right.Envelope, left.Message + right.Message, left.Reply + right.Reply);
}
