using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;

namespace SmtpTransport;

public sealed partial record ServerOptions
{
    /// <summary>
    /// The file of the extended log: absolute, or relative to the folder <c>Logs</c> under the current directory. Default null: none.
    /// </summary>
    /// <remarks>
    /// It contains the whole conversation with the contents of every message, is appended to, and has no size limit. It never contains a
    /// password or a token.
    /// </remarks>
    public string? LogFile { get; init; }

    /// <summary>
    /// Receives one entry for each send (Information if accepted, otherwise Warning), and Debug entries for connections. Default null.
    /// </summary>
    /// <remarks>
    /// The entries never contain credentials. They contain addresses and subjects only with <see cref="IncludePersonalDataInTelemetry"/>.
    /// </remarks>
    [JsonIgnore]
    public ILogger? Logger { get; init; }

    /// <summary>
    /// Whether traces and log entries may contain addresses, subjects, and replies of the server that contain addresses. Default false.
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
        new ValueOption<ILogger?>(nameof(Logger), o => o.Logger, (o, v) => o with { Logger = v }) { Print = _ => "set" },
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
