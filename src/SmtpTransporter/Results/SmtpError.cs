namespace SmtpTransport;

/// <summary>One layer's account of a problem. Immutable; holds no secret.</summary>
/// <param name="ErrCode">A stable number: one of <see cref="SmtpErrorCodes"/>.</param>
/// <param name="Message">What happened, in words.</param>
/// <param name="ComponentSignature">
/// The layer: <c>conf</c> options, <c>mail</c> message, <c>dns</c>, <c>tcp</c>, <c>tls</c>, <c>auth</c>, <c>smtp</c>,
/// <c>smim</c>, <c>dkim</c>, <c>log</c>.
/// </param>
public sealed record SmtpError(int ErrCode, string Message, string ComponentSignature)
{
    private readonly RefusalExplanation? _explanation;

    /// <summary>What it means and what to do about it; null where the catalogue does not know.</summary>
    public RefusalExplanation? Explanation
    {
        get => _explanation ?? RefusalCatalogue.OfError(ErrCode);
        init => _explanation = value;
    }

    /// <summary>Equal in code, message and layer; the explanation follows from what was said.</summary>
    public bool Equals(SmtpError? other) =>
        other is not null && ErrCode == other.ErrCode && Message == other.Message && ComponentSignature == other.ComponentSignature;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ErrCode, Message, ComponentSignature);

    private bool PrintMembers(System.Text.StringBuilder builder)
    {
        builder.Append("ErrCode = ").Append(ErrCode).Append(", Message = ").Append(Message).Append(", ComponentSignature = ").Append(ComponentSignature);
        return true;
    }
}
