namespace SmtpTransport;

/// <summary>An exception that knows where its words come from.</summary>
internal interface IWorded
{
    /// <summary>The message.</summary>
    ErrorText Text { get; }
}
