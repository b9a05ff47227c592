using Microsoft.Playwright;
using SmtpTransport.Templates;

namespace SmtpTransport.BrowserTests;

/// <summary>An email whose CSS is in attributes looks as the template does, to the pixel.</summary>
public sealed class InlinedCssTests : IDisposable
{
    private const string Template = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>x</title>
        <style>
          /* { } */ body { margin: 0; background: #eef1f5; font: 15px/1.4 "DejaVu Sans", sans-serif; color: #222 }
          #frame { width: 560px; margin: 0 auto; background: #fff; background: rgba(255, 255, 255, .9) }
          h1 { font-size: 26px; margin: 0 0 8px } .card h1, h2.big { color: #0b57d0 }
          .card { padding: 16px; border-bottom: 2px solid #d0d4da } .card { padding-left: 40px }
          .a { color: red } .b { color: blue } .a { letter-spacing: 1px }
          tr:nth-child(even) td { background: #dfe8f5 } td + td { text-align: right } td:last-child { font-weight: bold }
          td { padding: 4px !important } a[href^="https"] { color: #0a7d33 } a:not([href]) { color: #999 }
          .icon { display: inline-block; width: 20px; height: 20px; background: url(data:image/svg+xml;base64,SVG) }
          ul > li { list-style: square } p::first-letter { font-size: 22px } p ~ p { margin-top: 30px } .none { color: pink }
          .wide { width: 400px; background: #fbe3b0 }
          @media (max-width: 500px) { #frame { width: 100% } .wide { width: auto; background: #c9f0d2 } }
          @media print { body { display: none } }
        </style></head>
        <body><div id="frame">
          <div class="card"><h1>Heading</h1><h2 class="big" style="font-style: italic; color: green">Second</h2>
          <p class="b a">Text <b>bold</b> <a href="https://example.com">web</a> <a href="/x">local</a> <a>none</a></p>
          <p>Second <span class="icon"></span></p></div>
          <table border="0" cellspacing="0" width="100%">
          {% for i in (1..5) %}<tr><td>Row {{ i }}</td><td>{{ i }}.00</td></tr>{% endfor %}
          </table>
          <ul><li>one<li>two</ul><p>unclosed<div class="wide">after it</div>
          <!--[if mso]><p>Outlook</p><![endif]--><!--[if !mso]><!--><p>others</p><!--<![endif]-->
        </div></body></html>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("templates").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_email_with_its_CSS_in_attributes_looks_as_the_template_does()
    {
        var svg = Convert.ToBase64String("<svg xmlns='http://www.w3.org/2000/svg'><rect width='20' height='20' fill='teal'/></svg>"u8);
        var text = Template.Replace("SVG", svg, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_folder, "test.liquid"), text, TestContext.Current.CancellationToken);
        var original = await RenderAsync(inline: false);
        var inlined = await RenderAsync(inline: true);

        Assert.DoesNotContain(".card", inlined, StringComparison.Ordinal);
        foreach (var width in new[] { 390, 800 })
            Assert.Equal(await LookAsync(original, width), await LookAsync(inlined, width));
        Assert.NotEqual(await LookAsync(original, 800), await LookAsync(inlined.Replace("26px", "27px"), 800));
    }

    private async Task<string> RenderAsync(bool inline)
    {
        var templates = new EmailTemplates(new EmailTemplateOptions { Folder = _folder, InlineCss = inline, EmbedImages = false });
        return (await templates.RenderAsync("test", cancellationToken: TestContext.Current.CancellationToken)).HtmlBody!;
    }

    private static async Task<string> LookAsync(string html, int width)
    {
        var page = await Chromium.OpenPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 } });
        await page.SetContentAsync(html);
        var picture = await page.ScreenshotAsync(new() { FullPage = true });
        await page.CloseAsync();
        return Convert.ToBase64String(picture);
    }
}
