using System.Diagnostics;
using System.Globalization;
using SmtpTransport.Templates;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// Renders, inlines and builds a newsletter on one core, by the templates and with the CSS inlined anew for each email. Counts by the time
/// of the processor, so that other work on the machine does not matter.
/// </summary>
internal static class TemplateRun
{
    private const int WarmUpCount = 1_500;

    public static async Task<int> StartAsync(TimeSpan time)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Templates");
        var inlined = new EmailTemplates(new EmailTemplateOptions { Folder = folder });
        var plain = new EmailTemplates(new EmailTemplateOptions { Folder = folder, InlineCss = false });

        var razor = await MeasureAsync("Razor", time, n => RenderRazorAsync(inlined, n));
        var liquid = await MeasureAsync("Liquid", time, n => inlined.RenderAsync("newsletter", News.Of(n)));
        var anew = await MeasureAsync("Liquid, all anew for each email", time, n =>
            new EmailTemplates(new EmailTemplateOptions { Folder = folder }).RenderAsync("newsletter", News.Of(n)));
        var razorPreMailer = await MeasureAsync(
            "Razor, PreMailer.Net for each email", time, async n => InlineAnew(await RenderRazorAsync(plain, n)));
        var liquidPreMailer = await MeasureAsync(
            "Liquid, PreMailer.Net for each email", time, async n => InlineAnew(await plain.RenderAsync("newsletter", News.Of(n))));

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Razor: {razor / razorPreMailer:F1} times; Liquid: {liquid / liquidPreMailer:F1} times, all anew {liquid / anew:F1} times"));
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

    /// <returns>Emails per second of the processor.</returns>
    private static async Task<double> MeasureAsync(string name, TimeSpan time, Func<int, Task<Email>> render)
    {
        // The runtime compiles what is called often a second and a third time.
        await RunAsync(TimeSpan.Zero, WarmUpCount, render);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var count = await RunAsync(time, 1, render);
        var used = Process.GetCurrentProcess().TotalProcessorTime - before;
        var bytes = (GC.GetTotalAllocatedBytes() - allocated) / count;
        var rate = count / used.TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-40} {rate,8:F0} per second and core, {bytes / 1024} KB each"));
        return rate;
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
