namespace SmtpTransport.Benchmarks;

/// <summary>A client at work: lanes are concurrent senders, one for each connection.</summary>
internal interface IClientSession : IAsyncDisposable
{
    /// <summary>False where every mail opens its own connection.</summary>
    bool KeepsConnections { get; }

    /// <summary>Builds a mail and sends it; throws where it was not taken. A synchronous client has done it when this returns.</summary>
    ValueTask SendAsync(int lane);
}
