// A web application that sends email. In development, emails become files, which are shown at /mailbox; elsewhere, Smtp__Host and the
// like in the environment name the server.
using System.Globalization;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport;
using SmtpTransport.Outbox;
using SmtpTransport.Templates;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSmtpTransporter();
builder.Services.AddSmtpOutbox("Data Source=outbox.db");
builder.Services.AddEmailTemplates(o =>
{
    o.OnRendered = email => email.From = "SmtpWeb <app@example.com>";
    o.PreviewCultures = [CultureInfo.GetCultureInfo("en"), CultureInfo.GetCultureInfo("de")];
    o.AddPreview("welcome", new { Name = "Ann" });
});
builder.Services.AddHealthChecks().AddSmtpTransporter().AddSmtpOutbox();
builder.Services.AddOpenTelemetry()
    .WithTracing(t => t.AddSource(SmtpTelemetry.Name).AddConsoleExporter())
    .WithMetrics(m => m.AddMeter(SmtpTelemetry.Name, OutboxTelemetry.Name));

var app = builder.Build();
app.UseRequestLocalization("en", "de");
app.MapHealthChecks("/health");
if (app.Environment.IsDevelopment())
    app.MapMailbox(configure: o => o.Previews = app.Services.GetRequiredService<EmailTemplates>().Previews);

app.MapPost("/welcome", async (
    string address, string name, EmailTemplates templates, IOutbox outbox, CancellationToken cancellationToken) =>
{
    // One address, or none: text from a request cannot add a second one.
    if (!EmailAddress.TryParse(address, out var recipient))
        return Results.Problem("This is not an email address.", statusCode: StatusCodes.Status400BadRequest);
    var email = await templates.RenderAsync("welcome", new { Name = name }, CultureInfo.CurrentUICulture, cancellationToken);
    email.To = recipient;
    var id = await outbox.EnqueueAsync(email, cancellationToken: cancellationToken);
    return Results.Accepted(value: new { id });
});

app.Run();
