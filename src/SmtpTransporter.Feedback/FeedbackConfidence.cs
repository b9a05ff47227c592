namespace SmtpTransport.Feedback;

/// <summary>How sure a statement is.</summary>
public enum FeedbackConfidence
{
    /// <summary>It was guessed from general signs, such as a subject. The default value.</summary>
    Low,

    /// <summary>It follows from the words of a known program or server.</summary>
    Medium,

    /// <summary>It follows from fields that a standard defines.</summary>
    High,
}
