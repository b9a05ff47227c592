using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace SmtpTransport.DocsTests;

/// <summary>Writes the dashboard of Grafana and the rules of Prometheus from the metrics of the telemetry page.</summary>
internal static class MonitoringFiles
{
    public const string DashboardFile = "docs/monitoring/dashboard.json";
    public const string AlertsFile = "docs/monitoring/alerts.yaml";

    private const int PanelsInRow = 2;
    private const int Width = 12;
    private const int Height = 8;

    private const string Sends = "sum by (server_address, server_port) (rate({smtp.client.send.duration.count}[10m]))";
    private static readonly string Failures = Sends.Replace(
        "[", """{smtp_outcome!~"Accepted|PartiallyAccepted"}[""", StringComparison.Ordinal);

    public static IReadOnlyList<Panel> Panels { get; } =
    [
        new("Sends by outcome", "ops",
            "sum by (smtp_outcome) (rate({smtp.client.send.duration.count}[$__rate_interval]))", "{{smtp_outcome}}"),
        new("Errors", "ops",
            """sum by (error_type) (rate({smtp.client.send.duration.count}{error_type!=""}[$__rate_interval]))""", "{{error_type}}"),
        new("Time of a send, 95 of 100 are faster", "s",
            "histogram_quantile(0.95, sum by (le, server_address) (rate({smtp.client.send.duration.bucket}[$__rate_interval])))",
            "{{server_address}}"),
        new("Wait for a connection or a rate, 95 of 100 are shorter", "s",
            "histogram_quantile(0.95, sum by (le, server_address) (rate({smtp.client.wait.duration.bucket}[$__rate_interval])))",
            "{{server_address}}"),
        new("Recipients by state", "ops", "sum by (smtp_recipient_state) (rate({smtp.client.recipients}[$__rate_interval]))",
            "{{smtp_recipient_state}}"),
        new("Size of a message, on average", "bytes",
            "sum(rate({smtp.client.message.size.sum}[$__rate_interval])) / sum(rate({smtp.client.message.size.count}[$__rate_interval]))",
            "Size"),
        new("Connections", "short", "sum by (server_address, smtp_connection_state) ({smtp.client.connections})",
            "{{server_address}} {{smtp_connection_state}}"),
        new("Retries by reason", "ops", "sum by (smtp_retry_reason) (rate({smtp.client.retries}[$__rate_interval]))",
            "{{smtp_retry_reason}}"),
        new("Outbox: emails by state", "short", "max by (smtp_outbox_name, smtp_outbox_state) ({smtp.outbox.emails})",
            "{{smtp_outbox_name}} {{smtp_outbox_state}}"),
        new("Outbox: the oldest due email waits", "s", "max by (smtp_outbox_name) ({smtp.outbox.oldest_due})",
            "{{smtp_outbox_name}} oldest"),
        new("Outbox: the oldest due email waits that is not paused", "s", "max by (smtp_outbox_name) ({smtp.outbox.late})",
            "{{smtp_outbox_name}} oldest"),
        new("Outbox: pauses", "short", "max by (smtp_outbox_name) ({smtp.outbox.pauses})", "{{smtp_outbox_name}} pauses"),
        new("Outbox: emails that are paused", "short", "max by (smtp_outbox_name) ({smtp.outbox.paused})", "{{smtp_outbox_name}} emails"),
        new("Outbox: the database was moved", "short", "max by (smtp_outbox_name) ({smtp.outbox.moved})", "{{smtp_outbox_name}} moved"),
        new("Outbox: parts of the worker that have stopped", "short", "max by (smtp_outbox_name) ({smtp.outbox.silent_loops})",
            "{{smtp_outbox_name}} parts"),
        new("Outbox: stored and attempted", "ops", "sum(rate({smtp.outbox.enqueued}[$__rate_interval]))", "Stored"),
        new("Outbox: attempts by outcome", "ops", "sum by (smtp_outcome) (rate({smtp.outbox.attempts}[$__rate_interval]))",
            "{{smtp_outcome}}"),
        new("Outbox: dead letters an hour", "short", "sum(increase({smtp.outbox.dead_letters}[1h]))", "Dead letters"),
        new("Outbox: what came back, an hour", "short",
            "sum by (smtp_feedback_kind, smtp_feedback_category) (increase({smtp.outbox.feedback}[1h]))",
            "{{smtp_feedback_kind}} {{smtp_feedback_category}}"),
        new("Outbox: what came back of unknown emails, an hour", "short", "sum(increase({smtp.outbox.unmatched_feedback}[1h]))", "Reports"),
    ];

    public static IReadOnlyList<Alert> Alerts { get; } =
    [
        new("SmtpSendsFail", "critical", "10m", $"{Failures} / {Sends} > 0.2",
            "More than a fifth of the emails over {{ $labels.server_address }}:{{ $labels.server_port }} is not accepted.",
            "The chart of errors has the codes. smtp-transporter check tells what the server says."),
        new("SmtpSendsAreSlow", "warning", "15m",
            "histogram_quantile(0.95, sum by (le, server_address) (rate({smtp.client.send.duration.bucket}[10m]))) > 30",
            "Of the sends over {{ $labels.server_address }}, 5 in 100 take longer than 30 s.",
            "Compare with the time for a connection: a server that limits connections makes emails wait for one."),
        new("SmtpOutboxIsLate", "critical", "5m", "max by (smtp_outbox_name) ({smtp.outbox.late}) > 600",
            "An email has been due for more than ten minutes, and is not paused.",
            "The page of the outbox shows its lane, and what the last attempts said."),
        new("SmtpOutboxStandsStill", "critical", "10m",
            "(sum by (smtp_outbox_name) (rate({smtp.outbox.attempts}[10m])) "
            + "or 0 * max by (smtp_outbox_name) ({smtp.outbox.late})) == 0 and max by (smtp_outbox_name) ({smtp.outbox.late}) > 300",
            "Emails are due and not paused, and none is attempted.",
            "Look at the health check and the log of the workers: is one running, and does it reach its database?"),
        new("SmtpOutboxHasUnknown", "warning", "15m",
            """max by (smtp_outbox_name) ({smtp.outbox.emails}{smtp_outbox_state="Unknown"}) > 0""",
            "{{ $value }} emails may or may not have been delivered, and wait for a decision.",
            "Decide on the page of the outbox, or by OnUnknown."),
        new("SmtpOutboxHasDeadLetters", "warning", "1m", "sum by (smtp_outbox_name) (increase({smtp.outbox.dead_letters}[1h])) > 10",
            "More than ten emails became dead letters within an hour.",
            "Their history has the replies of the server. ResendAsync sends them again once the cause is mended."),
        new("SmtpOutboxIsPaused", "warning", "4h", "max by (smtp_outbox_name) ({smtp.outbox.paused}) > 0",
            "{{ $value }} emails wait behind a pause that was there four hours ago, too.",
            "The page of the outbox says who has paused what, and why. What waits expires in the end: resume it, or cancel it."),
        new("SmtpOutboxWasMoved", "critical", "1m", "max by (smtp_outbox_name) ({smtp.outbox.moved}) > 0",
            "Nothing is sent: the database of the outbox is a copy, or a restored backup.",
            "Cancel what was sent since the backup, and resume the sending on the page of the outbox."),
        new("SmtpOutboxHasStopped", "critical", "5m", "max by (smtp_outbox_name) ({smtp.outbox.silent_loops}) > 0",
            "{{ $value }} parts of a worker have not run for three of their intervals.",
            "The health check names them. Look at the log of that process, and restart it."),
    ];

    public static string WriteDashboard() => new JsonObject
    {
        ["title"] = "SmtpTransporter",
        ["uid"] = "smtp-transporter",
        ["tags"] = new JsonArray("smtp", "email"),
        ["schemaVersion"] = 39,
        ["refresh"] = "30s",
        ["time"] = new JsonObject { ["from"] = "now-6h", ["to"] = "now" },
        ["templating"] = new JsonObject
        {
            ["list"] = new JsonArray(new JsonObject { ["name"] = "datasource", ["type"] = "datasource", ["query"] = "prometheus" }),
        },
        ["panels"] = new JsonArray([.. Panels.Select(WritePanel)]),
    }.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        .ReplaceLineEndings("\n") + "\n";

    public static string WriteAlerts()
    {
        var yaml = new StringBuilder("groups:\n- name: smtp-transporter\n  rules:\n");
        foreach (var alert in Alerts)
        {
            yaml.Append(
                CultureInfo.InvariantCulture,
                $"""
                  - alert: {alert.Name}
                    expr: {Quote(MetricTable.OfPage.ToPromQl(alert.Query))}
                    for: {alert.For}
                    labels:
                      severity: {alert.Severity}
                    annotations:
                      summary: {Quote(alert.Summary)}
                      description: {Quote(alert.Remedy)}

                """);
        }
        return yaml.ToString();
    }

    private static JsonNode WritePanel(Panel panel, int index) => new JsonObject
    {
        ["id"] = index + 1,
        ["type"] = "timeseries",
        ["title"] = panel.Title,
        ["datasource"] = new JsonObject { ["type"] = "prometheus", ["uid"] = "${datasource}" },
        ["gridPos"] = new JsonObject
        {
            ["x"] = index % PanelsInRow * Width,
            ["y"] = index / PanelsInRow * Height,
            ["w"] = Width,
            ["h"] = Height,
        },
        ["fieldConfig"] = new JsonObject { ["defaults"] = new JsonObject { ["unit"] = panel.Unit }, ["overrides"] = new JsonArray() },
        ["targets"] = new JsonArray(new JsonObject
        {
            ["refId"] = "A",
            ["expr"] = MetricTable.OfPage.ToPromQl(panel.Query),
            ["legendFormat"] = panel.Legend,
        }),
    };

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
