namespace SmtpTransport.OutboxTests.Faults;

/// <summary>What happens at one call of a database.</summary>
public enum FaultKind
{
    /// <summary>Nothing: the run that counts the calls.</summary>
    None,

    /// <summary>The database refuses the call, which has not run.</summary>
    Refused,

    /// <summary>The call has run, and its answer is lost.</summary>
    RanThenFailed,

    /// <summary>The call does not run, and nothing answers.</summary>
    Silent,

    /// <summary>The call has run, and nothing answers.</summary>
    RanThenSilent,

    /// <summary>The connection is dead from here on.</summary>
    ConnectionDead,

    /// <summary>The tables are gone, and come back.</summary>
    TablesGone,

    /// <summary>The database is away until the process ends.</summary>
    Away,
}
