// A service that sends a newsletter and ends. In development, emails become files in obj/mails; elsewhere, Smtp__Host and the like in the
// environment name the server.
using SmtpWorker;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSmtpTransporter();
builder.Services.AddEmailTemplates(o => o.OnRendered = email => email.From = "News <news@example.com>");
builder.Services.AddHostedService<Newsletter>();
builder.Build().Run();
