// An email from a Liquid template: the values of the data are text, and are encoded as HTML.
using System.Text.Encodings.Web;
using Fluid;
using SmtpTransport;
using SmtpTransport.Testing;

var parser = new FluidParser();
var template = parser.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "invoice.liquid")));
var options = new TemplateOptions { MemberAccessStrategy = new UnsafeMemberAccessStrategy() };
var lines = new[] { new { what = "Tea & biscuits", price = 12.5 }, new { what = "Postage", price = 3.0 } };
var data = new { name = "Ann <the first>", lines };

var email = new Email
{
    From = "shop@example.com",
    To = "ann@example.org",
    Subject = "Your invoice",
    HtmlBody = await template.RenderAsync(new TemplateContext(data, options), HtmlEncoder.Default),
};
email.GenerateTextBody();
foreach (var diagnostic in email.Analyze())
    Console.WriteLine($"{diagnostic.Severity}: {diagnostic.Message}");

await using var server = SmtpTestServer.Start();
await using var transporter = new SmtpTransporter(server.ToServerOptions());
Console.WriteLine(await transporter.SendAsync(email));
Console.WriteLine(server.Messages[0].Message.TextBody);
