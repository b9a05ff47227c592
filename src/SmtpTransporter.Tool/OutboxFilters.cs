using System.CommandLine;
using System.Globalization;
using SmtpTransport.Outbox;

namespace SmtpTransport.Tool;

/// <summary>The options that choose emails of an outbox.</summary>
internal static class OutboxFilters
{
    private static readonly Option<string[]> Id = new("--id") { Description = "The id of an email; can be repeated.", HelpName = "id" };

    private static readonly Option<string?> Recipient = new("--recipient") { Description = "The plain address of a recipient." };

    private static readonly Option<string?> Subject = new("--subject") { Description = "A part of the subject." };

    private static readonly Option<string?> MessageId = new("--message-id") { Description = "The Message-ID." };

    private static readonly Option<string?> Key = new("--key") { Description = "The idempotency key." };

    private static readonly Option<string?> Lane = new("--lane")
    {
        Description = "The lane; empty ('') for the one without a name.",
    };

    private static readonly Option<string?> Transporter = new("--transporter")
    {
        Description = "The transporter (the provider), by its key; empty ('') for the one without a key.",
    };

    private static readonly Option<string[]> State = new("--state")
    {
        Description = $"A state: {string.Join(", ", Enum.GetNames<OutboxState>())}; can be repeated.",
    };

    private static readonly Option<string?> After = new("--after")
    {
        Description = "Enqueued at this time or later, such as 2026-11-29 or 2026-11-29T14:30Z; local without a zone.",
        HelpName = "time",
    };

    private static readonly Option<string?> Before = new("--before") { Description = "Enqueued before this time.", HelpName = "time" };

    private static readonly Option<string?> EndedAfter = new("--ended-after")
    {
        Description = "Sent, dead-lettered, canceled or discarded at this time or later.",
        HelpName = "time",
    };

    private static readonly Option<string?> EndedBefore = new("--ended-before")
    {
        Description = "Ended before this time.",
        HelpName = "time",
    };

    private static readonly Option<string?> Error = new("--error")
    {
        Description = "The code of the last attempt's failure: that of an error, such as 3101, or a reply code, such as 550.",
        HelpName = "code",
    };

    private static readonly Option<string?> DecidedBy = new("--decided-by")
    {
        Description = "Who was the last to resend, discard, cancel or restore it.",
        HelpName = "name",
    };

    private const string FormatName = "--format";

    public static IReadOnlyList<Option> All =>
        [Id, Recipient, Subject, MessageId, Key, Lane, Transporter, State, After, Before, EndedAfter, EndedBefore, Error, DecidedBy];

    /// <summary>The option for a format; the first one is the default.</summary>
    public static Option<string> Format(params string[] formats)
    {
        var option = new Option<string>(FormatName)
        {
            Description = $"{string.Join(", ", formats[..^1])} or {formats[^1]}.",
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }

    /// <returns>The filters that are given, such as <c>--transporter "ses", --error "554"</c>.</returns>
    public static string Describe(ParseResult parsed)
    {
        var given = All.Where(o => parsed.GetResult(o) is { Implicit: false })
            .SelectMany(o => parsed.GetResult(o)!.Tokens.Select(t => $"{o.Name} \"{t.Value}\""));
        return string.Join(", ", given) is { Length: > 0 } filters ? filters : "all of them, without a filter";
    }

    /// <exception cref="UsageException">The address has a name beside it.</exception>
    public static string? ReadAddress(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } address ? null
        : !address.TrimEnd().EndsWith('>') ? address
        : throw new UsageException($"{option.Name} is \"{address}\"; it must be the plain address, such as ann@example.org.");

    /// <exception cref="UsageException">The number is outside its range.</exception>
    public static int ReadLimit(ParseResult parsed, Option<int> option, int max) =>
        parsed.GetValue(option) is var limit && limit >= 1 && limit <= max ? limit
        : throw new UsageException($"{option.Name} is {limit}; it must be 1 to {max}.");

    /// <exception cref="UsageException">It is no page.</exception>
    public static string? ReadPage(ParseResult parsed, Option<string?> option)
    {
        var page = parsed.GetValue(option);
        return page is null || Guid.TryParseExact(page, "N", out _) ? page
            : throw new UsageException($"{option.Name} is \"{page}\"; it must be what the page before has named.");
    }

    public static string ReadFormat(ParseResult parsed) => parsed.GetValue<string>(FormatName)!;

    /// <exception cref="UsageException">A value is not valid.</exception>
    public static OutboxQuery Read(ParseResult parsed) => new()
    {
        Ids = [.. (parsed.GetValue(Id) ?? []).Select(ReadId)],
        Recipient = ReadAddress(parsed, Recipient),
        Subject = parsed.GetValue(Subject),
        MessageId = parsed.GetValue(MessageId),
        IdempotencyKey = parsed.GetValue(Key),
        Lane = parsed.GetValue(Lane),
        TransporterName = parsed.GetValue(Transporter),
        States = [.. (parsed.GetValue(State) ?? []).Select(ReadState)],
        EnqueuedAfter = ReadTime(After, parsed.GetValue(After)),
        EnqueuedBefore = ReadTime(Before, parsed.GetValue(Before)),
        EndedAfter = ReadTime(EndedAfter, parsed.GetValue(EndedAfter)),
        EndedBefore = ReadTime(EndedBefore, parsed.GetValue(EndedBefore)),
        ErrorCode = ReadCode(parsed.GetValue(Error)),
        DecidedBy = parsed.GetValue(DecidedBy),
    };

    private static Guid ReadId(string text) =>
        Guid.TryParse(text, out var id) ? id : throw new UsageException($"--id is \"{text}\"; it must be an id as list shows it.");

    private static OutboxState ReadState(string text) =>
        Enum.GetNames<OutboxState>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<OutboxState>(name)
            : throw new UsageException($"--state is \"{text}\"; it must be {string.Join(", ", Enum.GetNames<OutboxState>())}.");

    private static DateTimeOffset? ReadTime(Option option, string? text) => text is null ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time) ? time
        : throw new UsageException($"{option.Name} is \"{text}\"; it must be a time such as 2026-11-29 or 2026-11-29T14:30Z.");

    private static int? ReadCode(string? text) => text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code
        : throw new UsageException($"--error is \"{text}\"; it must be a whole number, such as 550.");
}
