namespace SmtpTransport.Outbox;

/// <summary>The types of columns in one kind of database.</summary>
/// <param name="Id">Ids, tokens and hashes: at most 64 ASCII characters.</param>
/// <param name="Name">Keys, lanes and names of transporters: at most 200 characters.</param>
/// <param name="Text">Names of workers, and of rates and settings, which consist of a transporter and a lane.</param>
/// <param name="Blob">Bytes.</param>
/// <param name="Table">What follows the columns of a table.</param>
internal sealed record SchemaTypes(string Id, string Name, string Text, string Blob, string Table = "")
{
    /// <summary>For a database whose texts have any length.</summary>
    public static SchemaTypes WithText(string blob) => new("TEXT", "TEXT", "TEXT", blob);
}
