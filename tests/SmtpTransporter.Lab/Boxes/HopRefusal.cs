namespace SmtpTransport.Lab;

/// <summary>A user that the hop behind a server refuses, so that the server has to report it.</summary>
internal sealed record HopRefusal(string User, int Code, string Text)
{
    public static IReadOnlyList<HopRefusal> All { get; } =
    [
        new("hop-unknown", 550, "5.1.1 User unknown"),
        new("hop-full", 552, "5.2.2 The mailbox is full"),
        new("hop-blocked", 554, "5.7.1 Client host [192.0.2.10] blocked using bl.example.net"),
        new("hop-policy", 550, "5.7.1 Message refused by the rules of this house"),
        new("hop-words", 550, "No such user here"),
    ];
}
