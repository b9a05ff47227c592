namespace SmtpTransport.Outbox;

/// <summary>Times as the database stores them: milliseconds since 1970.</summary>
internal static class UnixTime
{
    /// <summary>Before all times of emails.</summary>
    public const long Never = 0;

    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static long Write(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <summary>At most the last time that can be represented: a time far in the future plus a period may be later.</summary>
    public static DateTimeOffset Read(long time) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(time, Last));

    /// <summary>Adds a delay; at most the last time that can be represented.</summary>
    public static DateTimeOffset Add(DateTimeOffset time, TimeSpan delay) =>
        delay < DateTimeOffset.MaxValue - time ? time + delay : DateTimeOffset.MaxValue;
}
