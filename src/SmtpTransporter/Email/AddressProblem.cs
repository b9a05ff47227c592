namespace SmtpTransport;

/// <summary>What is wrong with an address, and at which position of the text (counted from 0).</summary>
internal sealed record AddressProblem(int Position, string Message)
{
    public override string ToString() => $"at position {Position}: {Message}";
}
