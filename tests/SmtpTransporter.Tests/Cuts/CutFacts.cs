namespace SmtpTransport.Tests;

/// <summary>What was seen of one run on both sides of the network.</summary>
internal sealed record CutFacts(SendResult Result)
{
    /// <summary>The codes of the complete replies that the client has read on the connection that was cut, from that to MAIL on.</summary>
    public required IReadOnlyList<int> Replies { get; init; }

    /// <summary>How many octets of plain text the client has sent on that connection.</summary>
    public required int Sent { get; init; }

    public required int Connections { get; init; }

    /// <summary>How many copies of the message the server has stored for each recipient.</summary>
    public required IReadOnlyList<int> Copies { get; init; }

    /// <summary>How many callers still have a place in the pool.</summary>
    public required int InUse { get; init; }

    /// <summary>How many octets the exchange has in each direction, as far as the client has seen them.</summary>
    public required (int ToServer, int ToClient) Length { get; init; }
}
