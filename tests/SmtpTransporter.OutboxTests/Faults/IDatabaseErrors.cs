namespace SmtpTransport.OutboxTests.Faults;

/// <summary>The exceptions of a provider.</summary>
internal interface IDatabaseErrors
{
    /// <summary>The database refuses a call, which has not run.</summary>
    Exception Refused();

    /// <summary>The connection is lost: whether the call has run is not known.</summary>
    Exception Lost();

    /// <summary>The database has not answered in time.</summary>
    Exception TimedOut();

    /// <summary>A table does not exist.</summary>
    Exception TableGone();
}
