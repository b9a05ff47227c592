namespace SmtpTransport.Testing;

/// <summary>An assertion of <see cref="SentEmails"/> does not hold. The message lists what was sent.</summary>
public sealed class SentEmailsException : Exception
{
    /// <summary>Makes one without a message.</summary>
    public SentEmailsException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What does not hold.</param>
    public SentEmailsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its cause.</summary>
    /// <param name="message">What does not hold.</param>
    /// <param name="innerException">The cause.</param>
    public SentEmailsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
