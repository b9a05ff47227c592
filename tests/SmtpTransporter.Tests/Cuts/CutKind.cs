namespace SmtpTransport.Tests;

/// <summary>How a connection is cut.</summary>
internal enum CutKind
{
    Fin,
    Reset,

    /// <summary>Both sides keep their sockets, and nothing gets through.</summary>
    Silence,
}
