namespace SmtpTransport;

/// <summary>In which form a message goes to a server: what was written for one connection fits another one of the same form.</summary>
/// <param name="Server">What the server offers, PIPELINING among it.</param>
/// <param name="Chunks">Whether messages are sent with BDAT (RFC 3030).</param>
internal sealed record FlightForm(ServerExtensions Server, bool Chunks);
