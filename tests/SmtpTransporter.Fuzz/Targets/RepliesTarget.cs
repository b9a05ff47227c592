using System.Text;

namespace SmtpTransport.Fuzz.Targets;

/// <summary>
/// The whole client against a server that sends the input: every send ends with a result, and the result is what happened. Covers
/// <see cref="SmtpTransporter"/> and MailKit's client from the greeting to QUIT: authentication, PIPELINING, several transactions, kept and
/// lost connections, and the beginning of a TLS handshake. Not covered: sockets, time limits, and data under TLS, which mutation cannot
/// encrypt. The first line of the input is not sent: each of its letters switches on an option of the case.
/// </summary>
internal sealed class RepliesTarget() : Target(
    "replies",
    "220 mx.example ESMTP\r\n", "220-a\r\n", "250 Ok\r\n", "250-", "250 ", "251 ", "252 ", "334 ", "334 VXNlcm5hbWU6\r\n",
    "334 UGFzc3dvcmQ6\r\n", "235 2.7.0 Ok\r\n", "354 Go on\r\n", "221 Bye\r\n", "421 4.3.2 Down\r\n", "421 ",
    "450 4.2.0 Greylisted\r\n", "451 ", "452 4.5.3 Too many\r\n", "454 ", "500 ", "501 ", "502 ", "503 ", "504 ", "530 5.7.0 Log in\r\n",
    "534 ", "535 5.7.8 No\r\n", "550 5.1.1 Unknown\r\n", "552 ", "554 5.7.1 Spam\r\n", "555 ",
    "199 ", "299 ", "300 ", "399 ", "600 ", "000 ", "999 ", "25", "2", "-", " ", "\r\n", "\n", "\r", "\0", "\u001b[2J", "\u001c",
    "\u001d", "\u001f",
    "250-mx.example\r\n", "250-PIPELINING\r\n", "250-8BITMIME\r\n", "250-SMTPUTF8\r\n", "250-DSN\r\n", "250-CHUNKING\r\n",
    "250-BINARYMIME\r\n", "250-STARTTLS\r\n", "250-ENHANCEDSTATUSCODES\r\n",
    "250-SIZE 10\r\n", "250-SIZE 99999999999999999999\r\n", "250-SIZE -1\r\n", "250-SIZE\r\n", "250-AUTH PLAIN LOGIN\r\n",
    "250-AUTH CRAM-MD5\r\n", "250-AUTH SCRAM-SHA-256\r\n", "250-AUTH=LOGIN\r\n", "250-AUTH XOAUTH2\r\n", "250-LIMITS RCPTMAX=1\r\n",
    "cj1hYmMscz1kZWYsaT00MDk2", "aT05OTk5OTk5OTk=", "eyJzdGF0dXMiOiI0MDAifQ==", "=", "2.0.0 Ok: queued as 4F1C2A0B9D", "[InternalId=1, ",
    "OK id=1qABCD-000123-Xy", Secret, "日本", "é",
    "\u0016\u0003\u0003\0", "l", "t", "p", "d", "8", "m", "a", "x", "c", "k")
{
    private const string Secret = "pA55wOrD";
    private const string Token = "t0kEn-pA55wOrD";

    public override string Run(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)'\n');
        var letters = end is >= 0 and < 16 ? Encoding.Latin1.GetString(input, 0, end) : "";
        var server = new ScriptedServer(input, letters.Length == 0 ? 0 : end + 1);
        var options = Options(letters);
        var secrets = new SecretRedactor([options]);
        var secret = options.Password ?? options.AccessTokenOAuth2;
        var outcome = new StringBuilder();
        ScriptedClient CreateClient() => new(server, new SessionRecorder(TimeProvider.System, null, secrets));
        using (var transporter = new SmtpTransporter(options, CreateClient, TimeProvider.System, new SystemResolver()))
        {
            if (letters.Contains('c', StringComparison.Ordinal))
                outcome.Append(Check(transporter, secret));
            // Twice, for a connection that is kept, or lost between the two sends.
            for (var i = 0; i < 2 && (i == 0 || !server.IsAtEnd); i++)
                outcome.Append(Send(transporter, server, letters, secret));
        }
        CheckClearText(server, options);
        return outcome.ToString();
    }

    private static ServerOptions Options(string letters)
    {
        bool Has(char letter) => letters.Contains(letter, StringComparison.Ordinal);
        return new ServerOptions
        {
            Host = "mx.example",
            Port = 25,
            LocalDomain = "me.example",
            User = Has('l') || Has('t') ? "me" : null,
            Password = Has('l') && !Has('t') ? Secret : null,
            AccessTokenOAuth2 = Has('t') ? Token : null,
            AcceptUnsecureConnection = !Has('x'),
            Pipelining = !Has('p'),
            KeepAlive = !Has('k'),
        };
    }

    private static string Check(SmtpTransporter transporter, string? secret)
    {
        var status = transporter.CheckConnection();
        RequireNoSecret(secret, status + string.Concat(status.Errors.Select(e => e.Message)));
        var texts = status.StatusText + string.Concat(status.Capabilities);
        Require(!texts.Any(char.IsControl), "The texts of a check have no control character.");
        Require(
            !status.Success || status.Status is (>= 200 and < 300) or (>= 500 and <= 504),
            "A check succeeds only with a positive reply, or with one that does not know NOOP.");
        return $"{status.Success} {status.Status / 100} {string.Join(',', status.Errors.Select(e => e.ErrCode))};";
    }

    private static string Send(SmtpTransporter transporter, ScriptedServer server, string letters, string? secret)
    {
        var email = new Email
        {
            From = "me@example.com",
            To = letters.Contains('m', StringComparison.Ordinal) ? "a@example.org, b@example.org, c@example.org" : "you@example.org",
            Subject = "Fuzz",
            TextBody = "Text\r\n.\r\n",
            Notify = letters.Contains('d', StringComparison.Ordinal) ? DeliveryNotifications.Failure : DeliveryNotifications.Unspecified,
        };
        if (letters.Contains('8', StringComparison.Ordinal))
            email.Cc = "jörg@müller.example";
        var before = server.Messages.Count;
        var result = letters.Contains('a', StringComparison.Ordinal)
            ? transporter.SendAsync(email).GetAwaiter().GetResult()
            : transporter.Send(email);
        CheckOutcome(result, [.. server.Messages.Skip(before)]);
        CheckParts(result, email);
        var messages = result.Errors.Concat(result.Warnings).Select(e => e.Message).Concat(result.Recipients.Select(r => r.StatusText));
        RequireNoSecret(secret, result + string.Concat(messages));
        var errors = string.Join(',', result.Errors.Select(e => $"{e.ErrCode}{e.ComponentSignature}"));
        var states = string.Join(',', result.Recipients.Select(r => r.State));
        return $"{result.Outcome} {result.Status} {errors} {states} {result.IsTransient};";
    }

    /// <summary>Compares the outcome with what the server received.</summary>
    private static void CheckOutcome(SendResult result, ScriptedMessage[] messages)
    {
        Require(Enum.IsDefined(result.Outcome), "The outcome is a value of the enumeration.");
        SendResult.Create(result.Outcome, result.Status, result.StatusText);
        var isAccepted = messages.Any(m => m.IsAccepted);
        if (result.Outcome is Outcome.Accepted or Outcome.PartiallyAccepted)
            Require(messages.Any(m => m.Verdict.Contains("250", StringComparison.Ordinal)), "The server has accepted the message.");
        else if (result.Outcome == Outcome.Unknown)
            Require(messages.Length > 0, "The outcome Unknown needs a transmitted message.");
        else
            Require(!isAccepted, "The outcome of an accepted message is Accepted or Unknown.");
        if (result.Outcome == Outcome.NotSent)
            Require(messages.All(m => m.IsUndeliverable), "A message that was transmitted completely may have been delivered.");
    }

    private static void CheckParts(SendResult result, Email email)
    {
        Require(!result.StatusText.Any(char.IsControl), "A status text has no control character.");
        Require(result.Recipients.All(r => !r.StatusText.Any(char.IsControl)), "The text of a recipient has no control character.");
        Require(result.Errors.All(e => !e.Message.Any(char.IsControl)), "The message of an error has no control character.");
        Require(result.Success || result.Status != 0 || result.Errors.Count > 0, "A failure without a reply has an error.");
        var areAllAccepted = result.Recipients.All(r => r.State == RecipientState.Accepted);
        Require(result.Outcome != Outcome.Accepted || areAllAccepted, "Accepted means all recipients.");
        Require(result.Outcome != Outcome.PartiallyAccepted || !areAllAccepted, "Partially accepted means not all recipients.");
        Require(result.Recipients.Count == email.To.Count + email.Cc.Count, "Every recipient has a result.");
        foreach (var address in result.RetryRecipients)
        {
            var recipient = result.Recipients.Single(r => r.Address == address);
            Require(recipient.State != RecipientState.Accepted, "No recipient receives the email twice.");
        }
        Require((result.RetryEmail() is null) == (result.RetryRecipients.Count == 0), "There is an email for the recipients of a retry.");
        Require(result.QueueId?.Any(char.IsControl) != true, "A queue id has no control character.");
        _ = result.EnhancedStatus;
    }

    private static void CheckClearText(ScriptedServer server, ServerOptions options)
    {
        if (options.AcceptUnsecureConnection)
            return;
        var received = Wire.Decode(server.Received.ToArray());
        var isInClear = received.Contains("AUTH", StringComparison.Ordinal) || received.Contains("MAIL FROM", StringComparison.Ordinal);
        Require(!isInClear, "If TLS is required, nothing is sent in clear text.");
    }

    private static void RequireNoSecret(string? secret, string text) =>
        Require(secret is null || !text.Contains(secret, StringComparison.Ordinal), "A result contains no secret.");
}
