using System.Globalization;
using System.Text;

namespace SmtpTransport.Testing;

/// <summary>MAIL, RCPT, and what comes with DATA or BDAT.</summary>
internal sealed partial class Conversation
{
    private static readonly Reply BadPath = SyntaxError("Syntax error in the address or its parameters");

    private async Task MailAsync(CommandLine line)
    {
        var path = MailPath.Parse(line.Arguments, "FROM:", allowEmpty: true);
        var reply = !_greeted ? new Reply(503, "5.5.1", "Send EHLO first")
            : _options.RequireAuthentication && !_authenticated ? new Reply(530, "5.7.0", "Authentication required")
            : _transaction is not null ? new Reply(503, "5.5.1", "A transaction is open already")
            : path is null ? BadPath
            : CheckMailParameters(path) ?? new Reply(250, "2.1.0", "Ok");
        var code = await AnswerAsync(SmtpStep.MailFrom, reply, line.Text).ConfigureAwait(false);
        if (code is < 200 or > 299 || path is null || _transaction is not null)
            return;

        _transaction = new Transaction(path.Address, path.Parameters, _options.SizeLimit ?? long.MaxValue);
        _transaction.Lines.Add(line.Text);
    }

    private Reply? CheckMailParameters(MailPath path)
    {
        foreach (var (key, value) in path.Parameters)
        {
            var (offered, valid) = key switch
            {
                "SIZE" => (_options.SizeLimit is not null, value?.Length <= 20 && value.All(char.IsAsciiDigit)),
                "BODY" => (_options.EightBitMime, value?.ToUpperInvariant() is "7BIT" or "8BITMIME"),
                "SMTPUTF8" => (_options.SmtpUtf8, value is null),
                "RET" => (_options.Dsn, value?.ToUpperInvariant() is "FULL" or "HDRS"),
                "ENVID" => (_options.Dsn, IsXText(value, longest: 100)),
                "AUTH" => (OffersAuth, value is not null),
                _ => (false, false),
            };
            if (!offered || !_extended)
                return new(555, "5.5.4", $"Parameter {key} is not supported");
            if (!valid)
                return SyntaxError($"Parameter {key} has no valid value");
        }

        if (path.Parameters.TryGetValue("SIZE", out var size)
            && UInt128.Parse(size!, CultureInfo.InvariantCulture) > (UInt128)_options.SizeLimit!.Value)
            return new(552, "5.3.4", "Message size exceeds the limit");
        return path.IsAscii || path.Parameters.ContainsKey("SMTPUTF8") ? null : new(553, "5.6.7", "The address needs SMTPUTF8");
    }

    private async Task RecipientAsync(CommandLine line)
    {
        var path = MailPath.Parse(line.Arguments, "TO:", allowEmpty: false);
        var transaction = _transaction;
        var reply = transaction is null ? new Reply(503, "5.5.1", "Send MAIL first")
            : transaction.IsChunked ? new Reply(503, "5.5.1", "The message has begun")
            : path is null ? BadPath
            : CheckRecipientParameters(path, transaction.IsUtf8) ?? (path.IsAscii || transaction.IsUtf8
                ? new Reply(250, "2.1.5", "Ok")
                : new Reply(553, "5.6.7", "The address needs SMTPUTF8"));
        var code = await AnswerAsync(SmtpStep.RcptTo, reply, line.Text).ConfigureAwait(false);
        if (transaction is null)
            return;

        transaction.HadRecipientCommand = true;
        if (code is < 200 or > 299 || path is null)
            return;

        transaction.Recipients.Add(path.Address);
        transaction.RecipientParameters.Add(path.Parameters);
        transaction.Lines.Add(line.Text);
    }

    private Reply? CheckRecipientParameters(MailPath path, bool utf8)
    {
        foreach (var (key, value) in path.Parameters)
        {
            if (!_options.Dsn || !_extended || key is not ("NOTIFY" or "ORCPT"))
                return new(555, "5.5.4", $"Parameter {key} is not supported");

            var valid = key == "NOTIFY"
                ? value?.ToUpperInvariant() is "NEVER"
                    || (value?.Split(',').All(v => v.ToUpperInvariant() is "SUCCESS" or "FAILURE" or "DELAY") ?? false)
                : value?.IndexOf(';', StringComparison.Ordinal) is > 0 && IsXText(value, longest: 500, utf8);
            if (!valid)
                return SyntaxError($"Parameter {key} has no valid value");
        }

        return null;
    }

    // xtext (RFC 3461, 4): printable ASCII, "+" only before two upper-case hex digits. UTF-8 comes in ORCPT alone (RFC 6533).
    private static bool IsXText(string? text, int longest, bool utf8 = false)
    {
        if (text is null || text.Length > longest || !(utf8 || Ascii.IsValid(text)))
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '+' && !(i + 2 < text.Length && char.IsAsciiHexDigitUpper(text[i + 1]) && char.IsAsciiHexDigitUpper(text[i + 2])))
                return false;
        }

        return true;
    }

    private async Task DataAsync(CommandLine line)
    {
        var transaction = _transaction;
        var reply = line.Arguments.Length > 0 ? SyntaxError("DATA takes no argument")
            : transaction is { IsChunked: true } ? new Reply(503, "5.5.1", "DATA must not follow BDAT")
            : NotReady(transaction) ?? new Reply(354, null, "End data with <CR><LF>.<CR><LF>");
        var code = await AnswerAsync(SmtpStep.Data, reply, line.Text, transaction).ConfigureAwait(false);
        if (code != 354)
            return;

        // A scripted 354 may stand where there is no recipient; what the client then sends is read, and refused.
        var reading = transaction ?? new Transaction("", new Dictionary<string, string?>(0), _options.SizeLimit ?? long.MaxValue);
        BeginBody(reading, line.Text);
        if (await ReadDataAsync(reading).ConfigureAwait(false))
            await FinishAsync(reading, line.Text, SmtpStep.EndOfData).ConfigureAwait(false);
    }

    private static Reply? NotReady(Transaction? transaction) => transaction switch
    {
        null => new(503, "5.5.1", "Send MAIL first"),
        { Recipients.Count: > 0 } => null,
        { HadRecipientCommand: true } => new(554, "5.5.1", "No valid recipients"),
        _ => new(503, "5.5.1", "Send RCPT first"),
    };

    private async Task ChunkAsync(CommandLine line)
    {
        var parts = line.Arguments.Split(' ');
        var isLast = parts.Length == 2 && parts[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (!_options.Chunking || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || (parts.Length > 1 && !isLast))
        {
            var refusal = _options.Chunking ? SyntaxError("Syntax: BDAT size [LAST]") : new Reply(502, "5.5.1", "BDAT is not offered");
            await AnswerAsync(SmtpStep.Bdat, refusal, line.Text, _transaction).ConfigureAwait(false);
            return;
        }

        // The chunk is on its way whatever the reply will be, so it is read in any case (RFC 3030, 2).
        var transaction = _transaction;
        var refused = transaction is { HasFailed: true } ? new Reply(503, "5.5.1", "A chunk was refused, send RSET") : NotReady(transaction);
        if (!await ReadChunkAsync(refused is null ? transaction : null, size, line.Text).ConfigureAwait(false))
            return;

        if (refused is null && isLast)
        {
            await FinishAsync(transaction!, line.Text, SmtpStep.Bdat).ConfigureAwait(false);
            return;
        }

        var reply = refused ?? (transaction!.Message.IsTooLarge ? TooLarge : new Reply(250, "2.0.0", $"{size} octets received"));
        var code = await AnswerAsync(SmtpStep.Bdat, reply, line.Text, transaction).ConfigureAwait(false);
        if (transaction is not null && code is < 200 or > 299)
            transaction!.HasFailed = true;
    }

    private static Reply TooLarge => new(552, "5.3.4", "Message size exceeds the limit");

    private async Task FinishAsync(Transaction transaction, string line, SmtpStep alternative)
    {
        var message = transaction.Message;
        message.Complete();
        var reply = transaction.Recipients.Count == 0 ? new Reply(554, "5.5.1", "No valid recipients")
            : message.IsTooLarge ? TooLarge
            : message.HasBareLineEnd ? new Reply(550, "5.6.0", "The message has a bare LF or a bare CR")
            : new Reply(250, "2.0.0", "Ok: queued as " + transaction.QueueId);
        var rule = server.Script.Take(SmtpStep.EndOfData, line, transaction);
        if (rule is null && alternative != SmtpStep.EndOfData)
            rule = server.Script.Take(alternative, line, transaction);

        // Kept before the client can know of it: whoever has read the reply finds the mail.
        _transaction = null;
        if (transaction.Recipients.Count > 0 && (rule?.Action.Keeps(reply.Code) ?? reply.Code == 250))
            server.Keep(new ReceivedMessage(transaction, message.ToArray(), session));

        var code = rule is null ? Send(reply) : await PlayAsync(rule, reply).ConfigureAwait(false);
        if (code == 250 && server.Script.Take(SmtpStep.Idle, line, transaction) is { } idle)
        {
            await wire.FlushAsync().ConfigureAwait(false);
            await PlayAsync(idle, null).ConfigureAwait(false);
        }
    }
}
