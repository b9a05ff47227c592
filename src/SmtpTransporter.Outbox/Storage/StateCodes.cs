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

    /// <summary>The states in which an ordered email holds up those behind it.</summary>
    public const string Open = $"{Waiting}, {Sending}, {Unknown}";

    /// <summary>The states that never change by themselves.</summary>
    public const string Final = $"{Sent}, {DeadLettered}, {Canceled}, {Discarded}";
}
