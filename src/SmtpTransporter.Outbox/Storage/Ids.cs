namespace SmtpTransport.Outbox;

/// <summary>Ids as the database stores them.</summary>
internal static class Ids
{
    public static string Text(Guid id) => id.ToString("N");

    public static Guid Parse(string text) => Guid.ParseExact(text, "N");
}
