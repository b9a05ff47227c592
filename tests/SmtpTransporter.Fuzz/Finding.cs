namespace SmtpTransport.Fuzz;

/// <summary>An input that breaks a promise, as small as it could be made, and what happens with it.</summary>
public sealed record Finding(byte[] Input, string What)
{
    public override string ToString() => $"{What}\nThe input in base64: {Convert.ToBase64String(Input)}";
}
