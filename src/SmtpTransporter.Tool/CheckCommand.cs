using System.Globalization;
using System.Security.Authentication;
using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>Connects, upgrades to TLS, authenticates, sends NOOP, and shows each step.</summary>
internal static class CheckCommand
{
    public static async Task<int> RunAsync(ServerOptions options, bool json, ToolContext context, CancellationToken cancellationToken)
    {
        ConnectionStatus status;
        await using (var transporter = new SmtpTransporter(options))
        {
            var waiting = $"Connecting to {options.Host}:{options.Port}, for up to {options.ConnectionTimeout.TotalSeconds:0.#} s…";
            status = json
                ? await transporter.CheckConnectionAsync(cancellationToken)
                : await Waiting.ShowAsync(context.Screen, waiting, () => transporter.CheckConnectionAsync(cancellationToken));
        }
        if (json)
            await context.Output.WriteLineAsync(JsonSerializer.Serialize(CreateView(options, status), Json.Format));
        else
            Show(options, status, context.Screen);
        if (!json && PasswordNotice.For(options) is { } notice)
            context.Screen.MarkupLineInterpolated($"[yellow]{notice}[/]");
        return status.Success ? ExitCodes.Success : status.IsTransient ? ExitCodes.TryAgain : ExitCodes.Failed;
    }

    private static void Show(ServerOptions options, ConnectionStatus status, IAnsiConsole screen)
    {
        var timings = status.Timings;
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "", "").Collapse();
        table.Columns[2].RightAligned();
        Step("Name", timings.Resolve, options.Host);
        Step("Connect", timings.Connect, $"port {options.Port}");
        Step("Greeting", timings.Greeting, "");
        Step("TLS", timings.Tls, status.TlsProtocol == SslProtocols.None ? "none" : $"{status.TlsProtocol} {status.TlsCipher}");
        var authentication = status.AuthenticationMechanism is null
            ? options.User is null ? "none" : ""
            : $"{options.User} by {status.AuthenticationMechanism}".TrimStart();
        Step("Authentication", timings.Authenticate, authentication);
        Step("NOOP", timings.Check, status.Success ? $"{status.Status} {status.StatusText}" : "");
        screen.Write(table);
        if (status.CertificateSubject is not null)
        {
            screen.MarkupLineInterpolated(
                $"Certificate     {status.CertificateSubject}, valid until {status.CertificateExpiresAt?.UtcDateTime:yyyy-MM-dd}");
        }
        if (status.Capabilities.Count > 0)
            screen.MarkupLineInterpolated($"Extensions      {string.Join(", ", status.Capabilities)}");
        screen.WriteLine();
        if (status.Success)
        {
            screen.MarkupLineInterpolated(
                CultureInfo.InvariantCulture, $"[green]The check succeeded[/] ({timings.Total.TotalMilliseconds:0} ms).");
            if (status.TlsProtocol == SslProtocols.None)
                screen.MarkupLine("[yellow]The connection is not encrypted.[/]");
            return;
        }
        screen.MarkupLineInterpolated($"[red]The check failed:[/] {(status.Status == 0 ? "" : $"{status.Status} ")}{status.Reason}");
        foreach (var error in status.Errors)
            screen.MarkupLineInterpolated($"  {error.ErrCode} {error.ComponentSignature}: {error.Message}");
        Explain(status.Explanation, screen);

        void Step(string name, TimeSpan time, string detail)
        {
            // A step that did not take place has no time.
            var tookPlace = time > TimeSpan.Zero;
            var duration = string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");
            table.AddRow(
                new Markup(tookPlace ? $"[bold]{name}[/]" : $"[dim]{name}[/]"),
                new Text(tookPlace ? detail : "–"),
                new Text(tookPlace ? duration : ""));
        }
    }

    public static void Explain(RefusalExplanation? explanation, IAnsiConsole screen)
    {
        if (explanation is null)
            return;
        screen.MarkupLineInterpolated($"  {explanation.Meaning}");
        screen.MarkupLineInterpolated($"  [bold]What to do:[/] {explanation.Remedy}");
    }

    private static object CreateView(ServerOptions options, ConnectionStatus status) => new
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
        Notice = PasswordNotice.For(options),
    };
}
