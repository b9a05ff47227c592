namespace SmtpTransport.Testing;

/// <summary>Writes the client's commands to the session, without anything that may be a secret. Used by one task.</summary>
internal sealed class CommandRecorder(SmtpTestSession session)
{
    private bool _mayBeSecret;

    public void Record(string verb, CommandLine line)
    {
        // Misplaced spaces make the command invalid, but the secret in it is still one.
        var parts = line.Text.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > 0 && parts[0].Equals("AUTH", StringComparison.OrdinalIgnoreCase))
        {
            session.AddCommand(parts.Length > 2 ? $"{parts[0]} {parts[1]} ***" : line.Text);
            _mayBeSecret = true;
            return;
        }
        // A client that was refused in the middle of an authentication may still send the rest of it, which is not a command.
        var known = verb is "EHLO" or "HELO" or "STARTTLS" or "MAIL" or "RCPT" or "DATA" or "BDAT" or "RSET" or "NOOP" or "VRFY" or "QUIT"
            or "EXPN" or "HELP";
        session.AddCommand(known || !_mayBeSecret ? line.Text : "***");
        _mayBeSecret &= !known;
    }

    /// <summary>The authentication succeeded: lines that follow are not secrets.</summary>
    public void EndAuthentication() => _mayBeSecret = false;
}
