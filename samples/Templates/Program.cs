// Emails from a Liquid file in two languages, and from a Razor component: their CSS is in attributes, and they have a text body.
using System.Globalization;
using SmtpTransport;
using SmtpTransport.Templates;
using SmtpTransport.Testing;
using TemplatesSample;

var templates = new EmailTemplates(new EmailTemplateOptions
{
    Folder = Path.Combine(AppContext.BaseDirectory, "Emails"),
    OnRendered = email => (email.From, email.To) = ("shop@example.com", "ann@example.org"),
});
var lines = new[] { new { What = "Tea & biscuits", Price = 1012.5m }, new { What = "Postage", Price = 3m } };
var invoice = new { Name = "Ann <the first>", Lines = lines };

await using var server = SmtpTestServer.Start();
await using var transporter = new SmtpTransporter(server.ToServerOptions());
foreach (var language in new[] { "en", "de" })
    Console.WriteLine(await transporter.SendAsync(await templates.RenderAsync("invoice", invoice, CultureInfo.GetCultureInfo(language))));
Console.WriteLine(await transporter.SendAsync(await templates.RenderComponentAsync<WelcomeEmail>(new { Name = "Ann" })));

foreach (var message in server.Messages)
    Console.WriteLine($"\n{message.Message.Subject}\n{message.Message.TextBody}");

// A misspelled name is an error, and no email.
try
{
    await templates.RenderAsync("invoice", new { Nam = "Ann", Lines = lines });
}
catch (EmailTemplateException error)
{
    Console.WriteLine(error.Message);
}
