// Dependency injection, configuration and a send in a native program: Smtp__Host=… Smtp__Port=… ./NativeAot you@example.com
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSmtpTransporter();
using var host = builder.Build();
try
{
    await host.StartAsync();
}
catch (InvalidOperationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 64;
}
var transporter = host.Services.GetRequiredService<ISmtpTransporter>();
var email = new Email
{
    From = "native@example.com",
    To = args.FirstOrDefault() ?? "you@example.com",
    Subject = "Native – 日本語",
    TextBody = "It works.",
};
var result = await transporter.SendAsync(email);
Console.WriteLine(result);
await host.StopAsync();
return result.Success ? 0 : 1;
