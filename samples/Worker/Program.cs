// A service that sends a newsletter in constant memory, over several connections at once, and then stops. Without settings it sends to
// a server that it starts itself.
using SmtpTransport.Testing;
using WorkerSample;

var builder = Host.CreateApplicationBuilder(args);
await using var server = builder.Configuration["Smtp:Host"] is null ? SmtpTestServer.Start(new() { KeepSessions = false }) : null;
if (server is null)
    builder.Services.AddSmtpTransporter();
else
    builder.Services.AddSmtpTransporter(_ => server.ToServerOptions());
builder.Services.AddHostedService<Newsletter>();
await builder.Build().RunAsync();
Console.WriteLine(server is null ? "Done." : $"The server received {server.Messages.Count} messages.");
