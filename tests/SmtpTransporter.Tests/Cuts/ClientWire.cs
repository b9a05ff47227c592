namespace SmtpTransport.Tests;

/// <summary>What one socket of the client has handed to the network, and read from it. It knows when the client waits in vain.</summary>
internal sealed class ClientWire(Action waitsInVain)
{
    private readonly object _gate = new();
    private readonly List<byte> _written = [];
    private readonly List<byte> _read = [];
    private bool _isReading;
    private int _nothingAfter = -1;

    public byte[] Written
    {
        get
        {
            lock (_gate)
                return [.. _written];
        }
    }

    public byte[] Read
    {
        get
        {
            lock (_gate)
                return [.. _read];
        }
    }

    /// <summary>Nothing comes from the network after so many octets.</summary>
    public void NothingAfter(int octets)
    {
        lock (_gate)
        {
            _nothingAfter = octets;
            Look();
        }
    }

    public void BeginRead()
    {
        lock (_gate)
        {
            _isReading = true;
            Look();
        }
    }

    public void EndRead(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _isReading = false;
            _read.AddRange(bytes);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            _written.AddRange(bytes);
    }

    // On another thread: the read goes on until what happens there ends it.
    private void Look()
    {
        if (_isReading && _nothingAfter == _read.Count)
            ThreadPool.QueueUserWorkItem(_ => waitsInVain());
    }
}
