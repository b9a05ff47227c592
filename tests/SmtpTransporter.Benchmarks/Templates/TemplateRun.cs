using System.Diagnostics;
using System.Globalization;
using SmtpTransport.Templates;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// Renders, inlines and builds a newsletter on one core, by the templates and with everything or the CSS anew for each email. All take
/// turns, and the middle one of the rounds counts, by the time of the processor: other work on the machine matters little.
/// </summary>
internal static class TemplateRun
{
    private const int WarmUpCount = 1_500;
    private const int Rounds = 5;

    public static async Task<int> StartAsync(TimeSpan time)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Templates");
        var inlined = new EmailTemplates(new EmailTemplateOptions { Folder = folder });
        var plain = new EmailTemplates(new EmailTemplateOptions { Folder = folder, InlineCss = false });
        (string Name, Func<int, Task<Email>> Render)[] ways =
        [
            ("Liquid", n => inlined.RenderAsync("newsletter", News.Of(n))),
            ("Liquid, all anew for each email", n =>
                new EmailTemplates(new EmailTemplateOptions { Folder = folder }).RenderAsync("newsletter", News.Of(n))),
            ("Liquid, PreMailer.Net for each email", async n => InlineAnew(await plain.RenderAsync("newsletter", News.Of(n)))),
            ("Razor", n => RenderRazorAsync(inlined, n)),
            ("Razor, all anew for each email", n =>
                RenderRazorAsync(new EmailTemplates(new EmailTemplateOptions { Folder = folder }), n)),
            ("Razor, PreMailer.Net for each email", async n => InlineAnew(await RenderRazorAsync(plain, n))),
        ];
        // The runtime compiles what is called often a second and a third time.
        foreach (var (_, render) in ways)
            await RunAsync(TimeSpan.Zero, WarmUpCount, render);
        var rates = Array.ConvertAll(ways, _ => new List<double>());
        var kilobytes = new long[ways.Length];
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < ways.Length; i++)
            {
                (var rate, kilobytes[i]) = await MeasureAsync(time / Rounds, ways[i].Render);
                rates[i].Add(rate);
            }
        }
        var middles = Array.ConvertAll(rates, r => r.Order().ElementAt(Rounds / 2));
        for (var i = 0; i < ways.Length; i++)
        {
            // The first of three ways is what the other two are compared with.
            var times = middles[i / 3 * 3] / middles[i];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ways[i].Name,-40} {middles[i],8:F0} per second and core, {kilobytes[i]} KB each, {times:F1} times"));
        }
        return 0;
    }

    private static Task<Email> RenderRazorAsync(EmailTemplates templates, int number) =>
        templates.RenderComponentAsync<NewsletterEmail>(new { Model = News.Of(number) });

    private static Email InlineAnew(Email email)
    {
        email.HtmlBody = PreMailer.Net.PreMailer.MoveCssInline(
            email.HtmlBody!, removeStyleElements: true, preserveMediaQueries: true).Html;
        return email;
    }

    /// <returns>Emails per second of the processor, and the memory that each of them takes, in kilobytes.</returns>
    private static async Task<(double Rate, long Kilobytes)> MeasureAsync(TimeSpan time, Func<int, Task<Email>> render)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var count = await RunAsync(time, 1, render);
        var used = Process.GetCurrentProcess().TotalProcessorTime - before;
        return (count / used.TotalSeconds, (GC.GetTotalAllocatedBytes() - allocated) / count / 1024);
    }

    private static async Task<int> RunAsync(TimeSpan time, int minimum, Func<int, Task<Email>> render)
    {
        var (count, watch) = (0, Stopwatch.StartNew());
        while (watch.Elapsed < time || count < minimum)
        {
            var email = await render(count++);
            email.From = "news@example.com";
            email.To = "ann@example.org";
            email.ToMime(Stream.Null);
        }
        return count;
    }
}
