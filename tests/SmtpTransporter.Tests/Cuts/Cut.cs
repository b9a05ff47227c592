namespace SmtpTransport.Tests;

/// <summary>The connection is cut, in both directions, when so many octets of one direction have got through.</summary>
internal sealed record Cut(CutKind Kind, bool ToServer, int At)
{
    public override string ToString() => $"{Kind} behind octet {At} to the {(ToServer ? "server" : "client")}";
}
