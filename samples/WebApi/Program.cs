// A web application that sends: injected, with a health check, spans and metrics, and in development a mailbox at /mailbox instead of a server.
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Mailbox;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSmtpTransporter();
builder.Services.AddHealthChecks().AddSmtpTransporter();
builder.Services.AddOpenTelemetry()
    .WithTracing(t => t.AddSource(SmtpTelemetry.Name).AddConsoleExporter())
    .WithMetrics(m => m.AddMeter(SmtpTelemetry.Name, SmtpTelemetry.MailKitName).AddConsoleExporter());

var app = builder.Build();
app.MapHealthChecks("/health");
if (app.Environment.IsDevelopment())
    app.MapMailbox();

app.MapPost("/invitations", async (string address, ISmtpTransporter transporter, CancellationToken cancellationToken) =>
{
    var result = await transporter.SendAsync(
        new Email { From = "App <app@example.com>", To = address, Subject = "You are invited", TextBody = "Come and see: https://app.example.com", HtmlBody = "<p>Come and <a href=\"https://app.example.com\">see</a>.</p>" },
        cancellationToken);
    // A 4yz, or a server out of reach: the same request may pass later. What a server says is for the log; the explanation is for people.
    return result.Success ? Results.Ok(new { result.MessageId })
        : result.IsTransient ? Results.Problem("The mail server is busy: try again later.", statusCode: StatusCodes.Status503ServiceUnavailable)
        : Results.Problem(result.Explanation?.Meaning ?? "The mail could not be sent.", statusCode: StatusCodes.Status422UnprocessableEntity);
});

app.Run();
