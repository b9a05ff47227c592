namespace SmtpTransport.Outbox;

/// <summary>Times as the database stores them: milliseconds since 1970.</summary>
internal static class UnixTime
{
    public static long Write(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static DateTimeOffset Read(long time) => DateTimeOffset.FromUnixTimeMilliseconds(time);

    /// <summary>Adds a delay; at most the last time that can be represented.</summary>
    public static DateTimeOffset Add(DateTimeOffset time, TimeSpan delay) =>
        delay < DateTimeOffset.MaxValue - time ? time + delay : DateTimeOffset.MaxValue;
}
