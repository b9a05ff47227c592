namespace SmtpTransport.Outbox;

/// <summary>Where the emails of an outbox are.</summary>
/// <param name="Number">A copy, and a backup that was restored elsewhere, have another one.</param>
/// <param name="Count">
/// How far the database had counted when it was last seen, as it is known outside of it: a backup has counted less. 0 if that is not
/// known.
/// </param>
internal readonly record struct DatabasePlace(long Number, long Count);
