// A web application that sends email: dependency injection, a health check, traces and metrics. In development, a mailbox at
// /mailbox shows the emails instead of a server.
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using SmtpTransport;
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
    var email = new Email
    {
        From = "App <app@example.com>",
        To = [address],
        Subject = "You are invited",
        TextBody = "Come and see: https://app.example.com",
        HtmlBody = "<p>Come and <a href=\"https://app.example.com\">see</a>.</p>",
    };
    var result = await transporter.SendAsync(email, cancellationToken);
    // Transient: the server replied with 4yz or cannot be reached, so the same request may succeed later. The log has the reply of the
    // server; the explanation is for people.
    if (result.Success)
        return Results.Ok(new { result.MessageId });
    return result.IsTransient
        ? Problem("The email server is not available. Try again later.", StatusCodes.Status503ServiceUnavailable)
        : Problem(result.Explanation?.Meaning ?? "The email could not be sent.", StatusCodes.Status422UnprocessableEntity);

    static IResult Problem(string detail, int statusCode) => Results.Problem(detail, statusCode: statusCode);
});

app.Run();
