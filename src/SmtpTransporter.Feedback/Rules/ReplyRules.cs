using System.Text.RegularExpressions;

namespace SmtpTransport.Feedback;

/// <summary>How programs that answer are recognized, and emails that unsubscribe: the entries of <c>replies.json</c>.</summary>
internal sealed class ReplyRules
{
    private static readonly Lazy<ReplyRules> Loaded = new(() => new ReplyRules());

    private readonly Regex _programs;
    private readonly Regex _servers;
    private readonly Regex _absences;
    private readonly Regex _unsubscribeSubjects;
    private readonly Regex _unsubscribeAddresses;
    private readonly List<(string Field, Regex Value)> _replyFields;

    private ReplyRules()
    {
        using var json = RuleFile.Open("replies.json");
        _programs = RuleFile.Pattern(json.RootElement, "programs")!;
        _servers = RuleFile.Pattern(json.RootElement, "servers")!;
        _absences = RuleFile.Pattern(json.RootElement, "absences")!;
        _unsubscribeSubjects = RuleFile.Pattern(json.RootElement, "unsubscribeSubjects")!;
        _unsubscribeAddresses = RuleFile.Pattern(json.RootElement, "unsubscribeAddresses")!;
        _replyFields = [.. json.RootElement.GetProperty("replyFields").EnumerateObject()
            .Select(p => (p.Name, RuleFile.Compile(p.Value.GetString()!)))];
    }

    public static ReplyRules Current => Loaded.Value;

    /// <summary>Whether an address is that of a mail server's program, such as <c>MAILER-DAEMON@…</c>.</summary>
    public bool IsProgram(string address) => _programs.IsMatch(address);

    /// <summary>Whether no one but a mail server's program has such an address.</summary>
    public bool IsServer(string address) => _servers.IsMatch(address);

    public bool IsAbsence(string subject) => _absences.IsMatch(subject);

    public bool IsUnsubscribeSubject(string subject) => _unsubscribeSubjects.IsMatch(subject);

    public bool IsUnsubscribeAddress(string address) => _unsubscribeAddresses.IsMatch(address);

    /// <summary>Whether a header field says that a program has answered.</summary>
    /// <param name="header">The value of a field; null if it is not there.</param>
    /// <param name="except">A field that does not count; null for none.</param>
    public bool HasReplyField(Func<string, string?> header, string? except = null) =>
        _replyFields.Exists(f => f.Field != except && header(f.Field) is { } value && f.Value.IsMatch(value));
}
