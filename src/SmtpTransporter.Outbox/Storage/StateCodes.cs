namespace SmtpTransport.Outbox;

/// <summary>The values of <see cref="OutboxState"/> as SQL, for statements and for the conditions of partial indexes.</summary>
internal static class StateCodes
{
    public const string Waiting = "0";
    public const string Sending = "1";
    public const string Sent = "2";
    public const string DeadLettered = "3";
    public const string Unknown = "4";
    public const string Canceled = "5";
    public const string Discarded = "6";
}
