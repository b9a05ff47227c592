namespace SmtpTransport.ReaderLab;

/// <summary>A reader sees something else in one field of one message.</summary>
internal sealed record Difference(string Reader, string Message, string Field, string Expected, string Seen)
{
    public string Key => $"{Reader}\t{Message}\t{Field}";

    public override string ToString() => $"{Key}\n    expected {Short(Expected)}\n    seen     {Short(Seen)}";

    private static string Short(string text) => text.Length > 300 ? text[..300] + "…" : text;
}
