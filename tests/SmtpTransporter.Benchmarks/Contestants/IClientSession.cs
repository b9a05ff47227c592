namespace SmtpTransport.Benchmarks;

/// <summary>A client that sends: lanes are concurrent senders, usually one for each connection.</summary>
internal interface IClientSession : IAsyncDisposable
{
    /// <summary>False if every message opens its own connection.</summary>
    bool KeepsConnections { get; }

    /// <summary>How many senders share a connection.</summary>
    int LanesPerConnection => 1;

    /// <summary>Builds an email and sends it; throws if the server does not accept it. A synchronous client blocks.</summary>
    ValueTask SendAsync(int lane);
}
