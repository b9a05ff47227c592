namespace SmtpTransport.Testing;

/// <summary>The exception of an assertion of <see cref="SentEmails"/> that fails. Its message lists the emails that were sent.</summary>
public sealed class SentEmailsException : Exception
{
    /// <summary>Creates an exception without a message.</summary>
    public SentEmailsException()
    {
    }

    /// <summary>Creates an exception with a message.</summary>
    /// <param name="message">The assertion that failed.</param>
    public SentEmailsException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception with a message and its cause.</summary>
    /// <param name="message">The assertion that failed.</param>
    /// <param name="innerException">The cause.</param>
    public SentEmailsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
