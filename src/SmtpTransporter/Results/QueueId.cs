using System.Text.RegularExpressions;

namespace SmtpTransport;

/// <summary>Finds the server's queue id in the text of its final reply. There is no standard; these are the usual forms.</summary>
internal static partial class QueueId
{
    public static string? Find(string reply)
    {
        foreach (var pattern in (ReadOnlySpan<Regex>)
            [QueuedAs(), ExchangeId(), EximId(), GmailId(), SendmailId(), SesId(), HarakaId(), CourierId()])
        {
            var match = pattern.Match(reply);
            if (match.Success)
                return match.Groups[1].Value;
        }
        return null;
    }

    // Postfix "2.0.0 Ok: queued as 4F1C2A0B", OpenSMTPD and smtp-sink alike; hMailServer "Queued (10.5 seconds)" has no id.
    [GeneratedRegex(@"\bqueued as ""?<?([A-Za-z0-9][A-Za-z0-9._@-]*[A-Za-z0-9])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex QueuedAs();

    // Exchange and Microsoft 365 "2.6.0 <id@host> [InternalId=12, Hostname=…] Queued mail for delivery".
    [GeneratedRegex(@"\[InternalId=(\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex ExchangeId();

    // Exim "OK id=1qABCD-000123-Xy"; with CHUNKING, the line "5 byte chunk, total 5678" is before it.
    [GeneratedRegex(
        @"^(?:\d\.\d+\.\d+ )?(?:\d+ byte chunk, total \d+\s+)?OK id=(\S+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex EximId();

    // Gmail "2.0.0 OK  1700000000 d9443c01a7336-1c9d5a8b0c1sm123.4 - gsmtp".
    [GeneratedRegex(@"\bOK\s+\d+ (\S+) - gsmtp", RegexOptions.CultureInvariant)]
    private static partial Regex GmailId();

    // Sendmail "2.0.0 3AB12cD4012345 Message accepted for delivery"; OpenSMTPD "2.0.0 a1b2c3d4 Message accepted for delivery".
    [GeneratedRegex(@"^\d\.\d+\.\d+:? (\S+) Message accepted for delivery", RegexOptions.CultureInvariant)]
    private static partial Regex SendmailId();

    // Amazon SES "Ok 0102018f5a1b2c3d-4e5f…-000000".
    [GeneratedRegex(
        @"^(?:\d\.\d+\.\d+ )?Ok ([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SesId();

    // Haraka "Message Queued (6D9A7A3E-3E4A-4E4C-8A3E-9C1F2D3E4F5A.1)", with any text of the plugin before it.
    [GeneratedRegex(@"\(([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\.\d+)\)\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex HarakaId();

    // Courier "Ok. 000000006A2B3C4D.0000F1E2": the time and the process, which the id in its log ends with.
    [GeneratedRegex(@"^Ok\. ([0-9A-F]{8,16}\.[0-9A-F]{4,16})\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex CourierId();
}
