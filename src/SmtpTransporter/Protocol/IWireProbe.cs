namespace SmtpTransport;

/// <summary>The network under TLS, which can be asked whether something has come.</summary>
internal interface IWireProbe
{
    /// <summary>True if nothing has come that was not read yet.</summary>
    bool IsQuiet { get; }

    /// <summary>How many octets the network has taken, or may have taken of a write that failed.</summary>
    long Written { get; }

    /// <summary>
    /// True if a write that fails may have passed on all of its octets. A socket has never taken the last of them then.
    /// </summary>
    bool HidesWhatWasTaken { get; }

    /// <summary>Whether writes go out in such pieces that a failure leaves no doubt about those before it.</summary>
    bool CountsPieces { get; set; }

    /// <summary>
    /// Whether a read of what has not come yet fails with a <see cref="NothingToReadException"/> instead of waiting for it. TLS reads on
    /// from where it was after that.
    /// </summary>
    bool NeverWaits { get; set; }

    /// <summary>
    /// Whether a write that the other side does not take for now fails with an <see cref="IOException"/> as soon as something can be read.
    /// </summary>
    bool StopsForInput { get; set; }
}
