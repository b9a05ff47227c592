namespace SmtpTransport;

/// <summary>
/// A reply of the server (RFC 5321, section 4.2): its code as the server sent it, which SMTP may not define, and its text, in which control
/// characters became blanks.
/// </summary>
internal sealed record Reply(int Code, string Text)
{
    public string Text { get; } = ServerText.Clean(Text);

    /// <summary>True for the refusal of a recipient that is only one too many for its transaction, whatever its code is.</summary>
    public bool SaysTooManyRecipients { get; init; }

    public bool IsPositive => Code < 400;

    public bool IsTransient => Code is >= 400 and < 500 || SaysTooManyRecipients;

    public bool IsPermanent => Code is >= 500 and < 600 && !SaysTooManyRecipients;

    /// <summary>True if the server refuses with a reply that SMTP defines: 4yz or 5yz.</summary>
    public bool IsRefusal => Code is >= 400 and < 600;

    /// <summary>True if the server does not know or offer the command (RFC 5321, section 4.2.1): it has answered all the same.</summary>
    public bool IsUnknownCommand => Code is >= 500 and <= 504;

    /// <summary>True if the server closes the connection behind this reply (RFC 5321, section 3.8).</summary>
    public bool IsClosing => Code == 421;
}
