namespace SmtpTransport.DocsTests;

/// <summary>A rule of Prometheus.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Severity">"warning", or "critical" if it should wake somebody.</param>
/// <param name="For">How long the condition holds before the alert fires.</param>
/// <param name="Query">PromQL with the names of the telemetry page in braces.</param>
/// <param name="Summary">What has happened.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record Alert(string Name, string Severity, string For, string Query, string Summary, string Remedy);
