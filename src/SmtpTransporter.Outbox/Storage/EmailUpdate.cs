namespace SmtpTransport.Outbox;

/// <summary>A change of some emails.</summary>
/// <param name="Set">The columns and their values, as SQL.</param>
/// <param name="Where">The condition of the emails, as SQL.</param>
internal sealed record EmailUpdate(string Set, string Where)
{
    /// <summary>The statement that carries it out, and returns columns of the changed emails.</summary>
    public string ToSql(TableNames tables, string columns) =>
        $"UPDATE {tables.Email} SET {Set} WHERE {Where} RETURNING {columns}";
}
