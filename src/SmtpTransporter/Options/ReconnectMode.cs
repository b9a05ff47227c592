namespace SmtpTransport;

/// <summary>Whether a send tries again to connect to a server that cannot be reached.</summary>
public enum ReconnectMode
{
    /// <summary>In <see cref="ISmtpTransporter.SendManyAsync(IEnumerable{Email}, IProgress{SendProgress}?, CancellationToken)"/> only. The
    /// default.</summary>
    Auto,

    /// <summary>In every send.</summary>
    Always,

    /// <summary>In no send: a connection that cannot be opened is a result at once.</summary>
    Never,
}
