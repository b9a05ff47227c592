namespace SmtpTransport.Testing;

/// <summary>MAIL and RCPT (RFC 5321, sections 4.1.1.2 and 4.1.1.3). Used by one task.</summary>
internal sealed class EnvelopeHandler(ConversationContext context)
{
    private static readonly Reply BadPath = Reply.SyntaxError("Syntax error in the address or its parameters");

    private readonly EnvelopeParameters _parameters = new(context);

    public async Task MailAsync(CommandLine line)
    {
        var path = MailPath.Parse(line.Arguments, "FROM:", allowEmpty: true);
        var reply = !context.IsGreeted ? Reply.BadSequence("Send EHLO first")
            : context.Options.RequireAuthentication && !context.IsAuthenticated ? new Reply(530, "5.7.0", "Authentication required")
            : context.Transaction is not null ? Reply.BadSequence("A transaction is open already")
            : path is null ? BadPath
            : _parameters.CheckSender(path) ?? new Reply(250, "2.1.0", "Ok");
        var code = await context.Replies.AnswerAsync(SmtpStep.MailFrom, reply, line.Text).ConfigureAwait(false);
        if (code is < 200 or > 299 || path is null || context.Transaction is not null)
            return;
        context.Transaction = new Transaction(path.Address, path.Parameters, context.SizeLimit);
        context.Transaction.Lines.Add(line.Text);
    }

    public async Task RecipientAsync(CommandLine line)
    {
        var path = MailPath.Parse(line.Arguments, "TO:", allowEmpty: false);
        var transaction = context.Transaction;
        var reply = transaction is null ? Reply.BadSequence("Send MAIL first")
            : transaction.IsChunked ? Reply.BadSequence("The message has begun")
            : path is null ? BadPath
            : _parameters.CheckRecipient(path, transaction.IsUtf8) ?? new Reply(250, "2.1.5", "Ok");
        var code = await context.Replies.AnswerAsync(SmtpStep.RcptTo, reply, line.Text).ConfigureAwait(false);
        if (transaction is null)
            return;
        transaction.HadRecipientCommand = true;
        if (code is < 200 or > 299 || path is null)
            return;
        transaction.Recipients.Add(path.Address);
        transaction.RecipientParameters.Add(path.Parameters);
        transaction.Lines.Add(line.Text);
    }
}
