namespace SmtpTransport;

/// <summary>One layer's account of a problem.</summary>
/// <param name="ErrCode">A stable number: one of <see cref="SmtpErrorCodes"/>.</param>
/// <param name="Message">What happened, for a person.</param>
/// <param name="ComponentSignature">
/// The layer: <c>conf</c> options, <c>mail</c> message, <c>dns</c>, <c>tcp</c>, <c>proxy</c>, <c>tls</c>, <c>auth</c>, <c>smtp</c>,
/// <c>smim</c>, <c>dkim</c>, <c>log</c>.
/// </param>
/// <remarks>Immutable and safe to share between threads. It holds no secret.</remarks>
public sealed record SmtpError(int ErrCode, string Message, string ComponentSignature)
{
    private readonly RefusalExplanation? _explanation;
    private readonly bool? _isTransient;

    /// <summary>What kind of problem it is; derived from <see cref="ErrCode"/>.</summary>
    public SmtpErrorKind Kind => SmtpErrorTraits.KindOf(ErrCode);

    /// <summary>What the error means and what to do about it; null if the catalog does not know it.</summary>
    public RefusalExplanation? Explanation
    {
        get => _explanation ?? RefusalCatalog.ForError(ErrCode);
        init => _explanation = value;
    }

    /// <summary>What is known of this very error, and does not follow from its code; null if there is nothing.</summary>
    internal RefusalExplanation? KnownExplanation => _explanation;

    /// <summary>
    /// Whether the problem may pass by itself. By default as its code; the classifier of failures knows some cases better.
    /// </summary>
    internal bool IsTransient
    {
        get => _isTransient ?? SmtpErrorTraits.IsTransient(ErrCode);
        init => _isTransient = value;
    }

    /// <summary>The message with what is known of the origin of its words; null if it is not known.</summary>
    internal ErrorText? Text { get; init; }

    /// <summary>The message without addresses.</summary>
    internal string MaskedMessage => Text is { } text && text.ToString() == Message ? text.WithoutAddresses() : AddressMask.Hide(Message);

    internal static SmtpError Of(int code, ErrorText text, string component) => new(code, text.ToString(), component) { Text = text };

    /// <summary>The same error with each text rewritten that may come from a server.</summary>
    internal SmtpError WithTexts(Func<string, string> rewrite) =>
        Text?.Rewritten(rewrite) is { } text
            ? this with { Message = text.ToString(), Text = text }
            : this with { Message = rewrite(Message) };

    /// <summary>Compares code, message and layer; the explanation follows from them.</summary>
    /// <param name="other">The error to compare with.</param>
    /// <returns>True if the three are equal.</returns>
    public bool Equals(SmtpError? other) =>
        other is not null && ErrCode == other.ErrCode && Message == other.Message && ComponentSignature == other.ComponentSignature;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ErrCode, Message, ComponentSignature);

    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append("ErrCode = ").Append(ErrCode).Append(", Message = ").Append(Message)
            .Append(", ComponentSignature = ").Append(ComponentSignature);
        return true;
    }
}
