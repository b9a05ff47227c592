namespace SmtpTransport.Outbox;

/// <summary>Times as the database has them: milliseconds since 1970.</summary>
internal static class UnixTime
{
    public static long Write(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>Some time later, or at the end of all time.</summary>
    public static DateTimeOffset Later(DateTimeOffset time, TimeSpan wait) => wait < DateTimeOffset.MaxValue - time ? time + wait : DateTimeOffset.MaxValue;

    public static DateTimeOffset Read(long time) => DateTimeOffset.FromUnixTimeMilliseconds(time);
}
