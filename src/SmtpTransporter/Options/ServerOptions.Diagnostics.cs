using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// The file of the extended log: absolute, or relative to the folder <c>Logs</c> under the current directory. Default null: none.
    /// </summary>
    /// <remarks>
    /// It contains the whole conversation with the contents of every message, unless <see cref="LogContents"/> is false. It is appended to,
    /// up to <see cref="LogMaxSize"/>. It never contains a password or a token.
    /// </remarks>
    public string? LogFile { get; init; }

    /// <summary>
    /// Whether the extended log contains the contents of messages. Default true. False: only how many octets each one has.
    /// </summary>
    /// <remarks>
    /// The octets are those on the wire: with the dots that DATA doubles, unlike <see cref="SendResult.Size"/>. The addresses of the
    /// envelope are in the log in any case.
    /// </remarks>
    public bool LogContents { get; init; } = true;

    /// <summary>The size in octets at which the extended log is recycled. Default 0: it grows without a limit.</summary>
    /// <remarks>
    /// A line that would exceed it begins a new file. The old one is renamed, from <c>smtp.log</c> to <c>smtp.1.log</c>, that to
    /// <c>smtp.2.log</c>, and so on; see <see cref="LogMaxFiles"/>. If several transporters of a process share a file, the options of the
    /// last one that was created count. Processes must not share one that is recycled.
    /// </remarks>
    public int LogMaxSize { get; init; }

    /// <summary>How many files of the extended log are kept, with the current one; from 1 to 1,000. Default 5.</summary>
    public int LogMaxFiles { get; init; } = 5;

    /// <summary>
    /// Receives one entry for each send (Debug if accepted, otherwise Warning), one with counts for each <see cref="LogSummaryInterval"/>
    /// (Information), and Debug entries for connections. Default null.
    /// </summary>
    /// <remarks>
    /// The entries never contain credentials. They contain addresses and subjects only with <see cref="IncludePersonalDataInTelemetry"/>.
    /// </remarks>
    [JsonIgnore]
    public ILogger? Logger { get; init; }

    /// <summary>
    /// How often <see cref="Logger"/> gets an entry that counts what became of the emails. Default 1 minute; 0: never.
    /// </summary>
    /// <remarks>
    /// At most 24 days. There is no entry for an interval without an email, and one for what is left when the transporter is disposed.
    /// </remarks>
    public TimeSpan LogSummaryInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whether traces, log entries and the messages of exceptions may contain addresses, subjects, and replies of the server that contain
    /// addresses. Default false.
    /// </summary>
    public bool IncludePersonalDataInTelemetry { get; init; }

    /// <summary>What acts before, around and after every send, the first one outermost. Default none.</summary>
    /// <remarks>Dependency injection adds those that are registered with <c>AddSmtpHandler</c>.</remarks>
    [JsonIgnore]
    public IReadOnlyList<SendHandler> Handlers { get; init; } = [];

    internal static IEnumerable<OptionDescriptor> DiagnosticOptions =>
    [
        new ValueOption<string?>(nameof(LogFile), o => o.LogFile, (o, v) => o with { LogFile = v })
        {
            UrlKey = "logFile",
            Parse = OptionParsers.Text,
            Check = o => o.LogFile is null || !string.IsNullOrWhiteSpace(o.LogFile) ? null : "a path that is not blank, or null",
        },
        new ValueOption<bool>(nameof(LogContents), o => o.LogContents, (o, v) => o with { LogContents = v })
        {
            UrlKey = "logContents",
            Parse = OptionParsers.Flag,
        },
        new ValueOption<int>(nameof(LogMaxSize), o => o.LogMaxSize, (o, v) => o with { LogMaxSize = v })
        {
            UrlKey = "logMaxSize",
            Parse = OptionParsers.WholeNumber,
            Check = o => o.LogMaxSize >= 0 ? null : "0 or more octets",
        },
        new ValueOption<int>(nameof(LogMaxFiles), o => o.LogMaxFiles, (o, v) => o with { LogMaxFiles = v })
        {
            UrlKey = "logMaxFiles",
            Parse = OptionParsers.WholeNumber,
            Check = o => o.LogMaxFiles is >= 1 and <= 1000 ? null : "1 to 1,000 files",
        },
        new ValueOption<ILogger?>(nameof(Logger), o => o.Logger, (o, v) => o with { Logger = v }) { Print = _ => "set" },
        new ValueOption<TimeSpan>(nameof(LogSummaryInterval), o => o.LogSummaryInterval, (o, v) => o with { LogSummaryInterval = v })
        {
            UrlKey = "logSummaryInterval",
            Parse = OptionParsers.TimeOrZero,
            Check = o => o.LogSummaryInterval >= TimeSpan.Zero && o.LogSummaryInterval <= MaxTimeout
                ? null
                : "zero or more, at most 24 days",
        },
        new ListOption<SendHandler>(nameof(Handlers), o => o.Handlers, (o, v) => o with { Handlers = v })
        {
            CheckItem = v => v is null ? "handlers" : null,
            PrintItem = v => v.GetType().Name,
        },
        new ValueOption<bool>(
            nameof(IncludePersonalDataInTelemetry), o => o.IncludePersonalDataInTelemetry,
            (o, v) => o with { IncludePersonalDataInTelemetry = v })
        {
            Parse = OptionParsers.Flag,
        },
    ];
}
