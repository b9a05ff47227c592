namespace SmtpTransport.Benchmarks;

/// <summary>A client that sends: lanes are concurrent senders, one for each connection.</summary>
internal interface IClientSession : IAsyncDisposable
{
    /// <summary>False if every message opens its own connection.</summary>
    bool KeepsConnections { get; }

    /// <summary>Builds an email and sends it; throws if the server does not accept it. A synchronous client blocks.</summary>
    ValueTask SendAsync(int lane);
}
