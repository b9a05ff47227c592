namespace SmtpTransport.Outbox;

/// <summary>One layer's account of a problem, as it is stored.</summary>
internal sealed record StoredError(int Code, string Message, string Component)
{
    public static StoredError FromError(SmtpError error) => new(error.ErrCode, error.Message, error.ComponentSignature);

    public SmtpError ToError() => new(Code, Message, Component);
}
