namespace SmtpTransport.Tool;

/// <summary>Records each send in a ledger: before the email can have been delivered, and at its end. Safe for concurrent callers.</summary>
internal sealed class LedgerHandler(Ledger ledger, ServerOptions options) : SendHandler
{
    public override async Task<SendResult> SendAsync(SendRequest request, Func<SendRequest, Task<SendResult>> next)
    {
        var email = request.Email!;
        var address = email.To[0].Email;
        var result = await SendRecordedAsync(request, email, address, next);
        ledger.End(address, result);
        return result;
    }

    private async Task<SendResult> SendRecordedAsync(
        SendRequest request, Email email, string address, Func<SendRequest, Task<SendResult>> next)
    {
        StoredMessage message;
        try
        {
            message = await StoredMessage.FromEmailAsync(email, options.HeaderCharset, options.BodyCharset, request.CancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            var error = new SmtpError(SmtpErrorCodes.InvalidContent, exception.Message, "conf");
            return SendResult.Create(Outcome.NotSent, 0, exception.Message, errors: [error]);
        }
        // A stored message tells when it reaches the point of no return.
        message = message with
        {
            BeforeTransmission = cancellationToken => ledger.BeginAsync(address, message.MessageId, cancellationToken),
        };
        return await next(request with { Email = null, StoredMessage = message });
    }
}
