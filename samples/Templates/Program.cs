// A mail from a Liquid template: what stands in the data is text, and is encoded as HTML.
using System.Text.Encodings.Web;
using Fluid;
using SmtpTransport;
using SmtpTransport.Testing;

var parser = new FluidParser();
var template = parser.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "invoice.liquid")));
var options = new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() };
var data = new { name = "Ann <the first>", lines = new[] { new { what = "Tea & biscuits", price = 12.5 }, new { what = "Postage", price = 3.0 } } };

var email = new Email { From = "shop@example.com", To = "ann@example.org", Subject = "Your invoice", HtmlBody = await template.RenderAsync(new TemplateContext(data, options), HtmlEncoder.Default) };
email.GenerateTextBody();
foreach (var finding in email.Analyze())
    Console.WriteLine($"{finding.Severity}: {finding.Message}");

await using var server = SmtpTestServer.Start();
await using var transporter = new SmtpTransporter(server.ToServerOptions());
Console.WriteLine(await transporter.SendAsync(email));
Console.WriteLine(server.Messages[0].Message.TextBody);
