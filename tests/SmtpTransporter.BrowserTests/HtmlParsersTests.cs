using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Microsoft.Playwright;
using SmtpTransport.Templates;

namespace SmtpTransport.BrowserTests;

/// <summary>Six parsers of HTML read the same elements, styles and words from the emails of templates.</summary>
public sealed partial class HtmlParsersTests
{
    // Each program prints a list: for each element its name and its style, and at last all the text.
    private const string Html5Lib = """
        import html5lib, json, sys
        root = html5lib.parse(open(sys.argv[1], 'rb'), transport_encoding='utf-8', namespaceHTMLElements=False)
        for comment in [e for e in root.iter() if not isinstance(e.tag, str)]:
            comment.text = ''
        elements = [e for e in root.iter() if isinstance(e.tag, str)]
        print(json.dumps([e.tag + '|' + e.get('style', '') for e in elements] + [''.join(root.itertext())]))
        """;

    private const string Lxml = """
        import json, sys
        from lxml import etree
        root = etree.parse(sys.argv[1], etree.HTMLParser(encoding='utf-8')).getroot()
        elements = [e for e in root.iter() if isinstance(e.tag, str)]
        print(json.dumps([e.tag + '|' + e.get('style', '') for e in elements] + [root.xpath('string()')]))
        """;

    private const string Parse5 = """
        import { readFileSync } from 'fs';
        import { parse } from 'parse5';
        const found = []; let text = '';
        const visit = node => {
            if (node.tagName) found.push(node.tagName + '|' + (node.attrs.find(a => a.name === 'style')?.value ?? ''));
            if (node.nodeName === '#text') text += node.value;
            node.childNodes?.forEach(visit);
        };
        visit(parse(readFileSync(process.argv[1], 'utf8')));
        console.log(JSON.stringify([...found, text]));
        """;

    private const string HtmlParser2 = """
        import { readFileSync } from 'fs';
        import { Parser } from 'htmlparser2';
        const found = []; let text = '';
        const parser = new Parser({
            onopentag: (name, attributes) => found.push(name + '|' + (attributes.style ?? '')),
            ontext: words => { text += words; },
        });
        parser.end(readFileSync(process.argv[1], 'utf8'));
        console.log(JSON.stringify([...found, text]));
        """;

    private const string ListElements = """
        html => {
            const root = new DOMParser().parseFromString(html, 'text/html').documentElement;
            return [root, ...root.querySelectorAll('*')]
                .map(e => e.localName + '|' + (e.getAttribute('style') ?? '')).concat(root.textContent);
        }
        """;

    private static readonly string Tests = FindTests();

    [Fact]
    public async Task Six_parsers_read_the_same_from_an_email_of_a_Liquid_file()
    {
        var templates = new EmailTemplates(
            new EmailTemplateOptions { Folder = Path.Combine(Tests, "SmtpTransporter.Benchmarks", "Templates") });
        var items = Enumerable.Range(1, 12).Select(i => new
        {
            Title = $"Item {i} & <more>",
            Text = "Ünï 日本 🎉 \"quoted\"",
            Url = $"https://example.com/{i}?a=1&b=2",
            Price = i * 12.5m,
        });
        var model = new
        {
            Name = "Ann O'Neil",
            Address = "ann@example.org",
            Unsubscribe = "https://example.com/u/1",
            Since = DateTimeOffset.UnixEpoch,
            items,
        };
        var email = await templates.RenderAsync("newsletter", model, cancellationToken: TestContext.Current.CancellationToken);

        var seen = await AssertSameAsync(email.HtmlBody!);

        Assert.Equal(13, seen.Count(line => line.StartsWith("table|border-collapse: collapse; width: ", StringComparison.Ordinal)));
        Assert.Contains("Item 12 & <more>", seen[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Six_parsers_read_the_same_from_an_email_of_a_Razor_component()
    {
        var templates = new EmailTemplates(new EmailTemplateOptions { EmbedImages = false });
        var email = await templates.RenderComponentAsync<InvoiceEmail>(
            new { Name = "Ann & Bo" }, cancellationToken: TestContext.Current.CancellationToken);

        var seen = await AssertSameAsync(email.HtmlBody!);

        Assert.Contains(seen, line => line.StartsWith("td|", StringComparison.Ordinal)
            && line.Contains("text-align: right; font-weight: bold", StringComparison.Ordinal));
        Assert.Contains("Dear Ann & Bo – 5 < 6", seen[^1], StringComparison.Ordinal);
    }

    /// <returns>What all of them read.</returns>
    private static async Task<string[]> AssertSameAsync(string html)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, html, TestContext.Current.CancellationToken);
            var expected = Normalize(ReadByAngleSharp(html));
            Assert.Equal(expected, Normalize(await ReadByChromiumAsync(html)));
            Assert.Equal(expected, Normalize(await RunAsync("/usr/bin/python3", "-c", Html5Lib, file)));
            Assert.Equal(expected, Normalize(await RunAsync("/usr/bin/python3", "-c", Lxml, file)));
            Assert.Equal(expected, Normalize(await RunAsync("node", "--input-type=module", "-e", Parse5, file)));
            Assert.Equal(expected, Normalize(await RunAsync("node", "--input-type=module", "-e", HtmlParser2, file)));
            return expected;
        }
        finally
        {
            File.Delete(file);
        }
    }

    // White space between elements is not the same in all of them, and has no meaning there.
    private static string[] Normalize(string[] seen) => [.. seen[..^1], Blanks().Replace(seen[^1], " ").Trim()];

    private static string[] ReadByAngleSharp(string html)
    {
        var document = new HtmlParser().ParseDocument(html);
        return [.. document.All.Select(e => $"{e.LocalName}|{e.GetAttribute("style")}"), document.DocumentElement.TextContent];
    }

    private static async Task<string[]> ReadByChromiumAsync(string html)
    {
        var page = await Chromium.OpenPageAsync();
        var seen = await page.EvaluateAsync<string[]>(ListElements, html);
        await page.CloseAsync();
        return seen;
    }

    private static async Task<string[]> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            // Where the packages of npm are.
            WorkingDirectory = Path.Combine(Tests, "SmtpTransporter.ReaderLab"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await error}");
        return JsonSerializer.Deserialize<string[]>(output)!;
    }

    private static string FindTests()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is { } parent && !File.Exists(Path.Combine(folder.FullName, "SmtpTransporter.sln")))
            folder = parent;
        return Path.Combine(folder.FullName, "tests");
    }

    [GeneratedRegex("[ \\t\\r\\n]+")]
    private static partial Regex Blanks();
}
