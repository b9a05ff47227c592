namespace SmtpTransport.DocsTests;

/// <summary>A chart of the dashboard.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Unit">The unit of Grafana.</param>
/// <param name="Query">PromQL with the names of the telemetry page in braces.</param>
/// <param name="Legend">What distinguishes its lines.</param>
internal sealed record Panel(string Title, string Unit, string Query, string Legend);
