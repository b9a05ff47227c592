// The application that AspireHost starts: it takes the server from the connection string "mail", and gives health, traces and metrics to
// the dashboard.
using OpenTelemetry;
using SmtpTransport;

var builder = WebApplication.CreateBuilder(args);
builder.AddSmtpTransporter("mail");
// Aspire says in the environment where its dashboard receives telemetry.
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not null)
    builder.Services.AddOpenTelemetry().UseOtlpExporter();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapPost("/invitations", async (string address, ISmtpTransporter transporter, CancellationToken cancellationToken) =>
{
    var email = new Email
    {
        From = "App <app@example.com>",
        To = [address],
        Subject = "You are invited",
        TextBody = "Come and see: https://app.example.com",
    };
    var result = await transporter.SendAsync(email, cancellationToken);
    return result.Success ? Results.Ok(new { result.MessageId }) : Results.Problem("The email could not be sent.");
});

app.Run();
