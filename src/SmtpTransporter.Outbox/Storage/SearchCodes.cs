namespace SmtpTransport.Outbox;

/// <summary>The values of the column <c>search</c>, as SQL: whether an email can be found by its recipients and its Message-ID.</summary>
internal static class SearchCodes
{
    /// <summary>An earlier version of the package stored it.</summary>
    public const string NotIndexed = "0";

    /// <summary>It has its terms.</summary>
    public const string Indexed = "1";

    /// <summary>It has none, because it could not be decrypted.</summary>
    public const string Unreadable = "2";

    /// <summary>Its content was erased.</summary>
    public const string Erased = "3";
}
