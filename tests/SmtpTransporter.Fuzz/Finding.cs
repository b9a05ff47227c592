namespace SmtpTransport.Fuzz;

/// <summary>An input that fails, made as small as possible, and its failure.</summary>
public sealed record Finding(byte[] Input, string Failure)
{
    public override string ToString() => $"{Failure}\nThe input in base64: {Convert.ToBase64String(Input)}";
}
