namespace SmtpTransport;

/// <summary>In which form a message goes to a server: what was written for one connection fits another one of the same form.</summary>
/// <param name="Server">What the server offers, PIPELINING among it.</param>
/// <param name="Chunks">Whether messages are sent with BDAT (RFC 3030).</param>
internal sealed record FlightForm(ServerExtensions Server, bool Chunks)
{
    /// <summary>The form for a connection that pipelines; null if nothing may go early over it.</summary>
    public static FlightForm? Of(ServerExtensions server, bool chunks) =>
        // Behind DATA, 354 shows that the server is in step before a message goes. Behind a chunk, only the codes of the replies do.
        chunks && !server.EnhancedStatusCodes ? null : new FlightForm(server, chunks);
}
