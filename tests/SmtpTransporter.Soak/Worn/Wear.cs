namespace SmtpTransport.Soak;

/// <summary>How a server ends a session that it has had enough of.</summary>
internal enum Wear
{
    /// <summary>421 in place of a reply, and the end of the connection.</summary>
    GoodbyeInstead,

    /// <summary>421 right behind a reply, and the end of the connection.</summary>
    GoodbyeBehind,

    /// <summary>The end of the connection in place of a reply.</summary>
    CloseInstead,

    /// <summary>The end of the connection right behind a reply.</summary>
    CloseBehind,

    /// <summary>RST in place of a reply.</summary>
    Reset,

    /// <summary>The session forgets that it was greeted: 503 to everything until the next EHLO.</summary>
    ForgetGreeting,

    /// <summary>451 4.4.2 to the next MAIL, as after a time-out, and the end of the connection.</summary>
    IdleTimeout,
}
