namespace SmtpTransport.Testing;

/// <summary>An assertion of <see cref="SentMails"/> does not hold. The message lists what was sent.</summary>
public sealed class SentMailsException : Exception
{
    /// <summary>Makes one without a message.</summary>
    public SentMailsException()
    {
    }

    /// <summary>Makes one.</summary>
    /// <param name="message">What does not hold.</param>
    public SentMailsException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its cause.</summary>
    /// <param name="message">What does not hold.</param>
    /// <param name="innerException">The cause.</param>
    public SentMailsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
