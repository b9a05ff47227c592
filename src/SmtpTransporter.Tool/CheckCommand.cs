using System.Globalization;
using System.Security.Authentication;
using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Connects, upgrades, logs in, asks with NOOP, and shows each step.</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(ServerOptions options, bool json, ToolContext around, CancellationToken cancellationToken)
    {
        ConnectionStatus status;
        await using (var transporter = new SmtpTransporter(options))
            status = await transporter.CheckConnectionAsync(cancellationToken);
        if (json)
            await around.Output.WriteLineAsync(JsonSerializer.Serialize(View(options, status), Json.Format));
        else
            Show(options, status, around.Screen);
        return status.Success ? ExitCodes.Done : Json.IsTransient(status) ? ExitCodes.TryAgain : ExitCodes.Failed;
    }

    private static void Show(ServerOptions options, ConnectionStatus status, IAnsiConsole screen)
    {
        var times = status.Timings;
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "").Collapse();
        table.Columns[2].RightAligned();
        Step("Name", times.Resolve, options.Host);
        Step("Connect", times.Connect, $"port {options.Port}");
        Step("Greeting", times.Greeting, "");
        Step("TLS", times.Tls, status.TlsProtocol == SslProtocols.None ? "none" : $"{status.TlsProtocol} {status.TlsCipher}");
        Step("Login", times.Authenticate, status.AuthenticationMechanism is null ? (options.User is null ? "none" : "") : $"{options.User} by {status.AuthenticationMechanism}");
        Step("NOOP", times.Check, status.Success ? $"{status.Status} {status.StatusText}" : "");
        screen.Write(table);
        if (status.CertificateSubject is not null)
            screen.MarkupLineInterpolated($"Certificate  {status.CertificateSubject}, until {status.CertificateExpiresAt?.UtcDateTime:yyyy-MM-dd}");
        if (status.Capabilities.Count > 0)
            screen.MarkupLineInterpolated($"Offers       {string.Join(", ", status.Capabilities)}");
        screen.WriteLine();
        if (status.Success)
        {
            screen.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[green]The server can be used[/] ({times.Total.TotalMilliseconds:0} ms).");
            if (status.TlsProtocol == SslProtocols.None)
                screen.MarkupLine("[yellow]The connection is not encrypted.[/]");
            return;
        }
        screen.MarkupLineInterpolated($"[red]The server cannot be used:[/] {(status.Status == 0 ? "" : $"{status.Status} ")}{status.StatusText}");
        foreach (var error in status.Errors)
            screen.MarkupLineInterpolated($"  {error.ErrCode} {error.ComponentSignature}: {error.Message}");
        Explain(status.Explanation, screen);

        void Step(string name, TimeSpan time, string what)
        {
            // A step that was not made has no time.
            var made = time > TimeSpan.Zero;
            table.AddRow(new Markup(made ? $"[bold]{name}[/]" : $"[dim]{name}[/]"), new Text(made ? what : "–"), new Text(made ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms") : ""));
        }
    }

    public static void Explain(RefusalExplanation? explanation, IAnsiConsole screen)
    {
        if (explanation is null)
            return;
        screen.MarkupLineInterpolated($"  {explanation.Meaning}");
        screen.MarkupLineInterpolated($"  [bold]What to do:[/] {explanation.Remedy}");
    }

    private static object View(ServerOptions options, ConnectionStatus status) => new
    {
        status.Success,
        status.Status,
        status.StatusText,
        options.Host,
        options.Port,
        Tls = status.TlsProtocol == SslProtocols.None ? null : status.TlsProtocol.ToString(),
        Cipher = status.TlsCipher?.ToString(),
        status.CertificateSubject,
        status.CertificateExpiresAt,
        status.AuthenticationMechanism,
        status.Capabilities,
        status.SizeLimit,
        Milliseconds = new
        {
            Resolve = status.Timings.Resolve.TotalMilliseconds,
            Connect = status.Timings.Connect.TotalMilliseconds,
            Greeting = status.Timings.Greeting.TotalMilliseconds,
            Tls = status.Timings.Tls.TotalMilliseconds,
            Authenticate = status.Timings.Authenticate.TotalMilliseconds,
            Check = status.Timings.Check.TotalMilliseconds,
            Total = status.Timings.Total.TotalMilliseconds,
        },
        Errors = status.Errors.Select(Json.Error),
        Explanation = Json.Explanation(status.Explanation),
    };
}
