namespace SmtpTransport.Lab;

/// <summary>The messages of a server that shows them on web pages only.</summary>
public interface IWebStore
{
    Task<IReadOnlyList<StoredCopy>> ReadAsync();
}
