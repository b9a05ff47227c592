namespace SmtpTransport.Feedback;

/// <summary>A mailbox cannot be read or changed. The message says why and what to do, and contains no secret.</summary>
/// <param name="message">What failed, at which server and folder, and what to do.</param>
/// <param name="isTransient">Whether the same attempt may succeed later although nothing was changed.</param>
/// <param name="innerException">The cause; null if there is none, or if its words had a secret in them.</param>
public sealed class FeedbackMailboxException(string message, bool isTransient, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>
    /// Whether the same attempt may succeed later although nothing was changed: the server could not be reached, or was busy. False for a
    /// refused login, a certificate, a missing folder.
    /// </summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>How long there is no other attempt to connect, at least. Zero: as after any failure.</summary>
    internal TimeSpan MinPause { get; init; }

    /// <summary>Whether the server has refused one command only, and the connection is as good as before.</summary>
    internal bool KeepsConnection { get; set; }
}
