using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SmtpTransport.Outbox;

namespace SmtpTransport.Benchmarks;

/// <summary>
/// What an open page costs in processor time, of the application and of PostgreSQL: it asks as the page in a browser does, while an email
/// is stored each second. The client is in the same process, so its time is in the figure.
/// </summary>
internal sealed class OpenPage(QueueDatabase database, ServerOptions server)
{
    private const int Seconds = 60;

    // As a page's list, which is asked for if the numbers have changed, each two seconds.
    private static readonly (string Name, string Path, bool IsList)[] Views =
        [("list", "emails", true), ("lanes", "lanes", false), ("chart", "throughput", false)];

    public async Task MeasureAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSmtpTransporter(_ => server);
        builder.Services.AddSmtpOutbox(o =>
        {
            _ = database.IsSqlite ? o.UseSqlite(database.ConnectionString) : o.UsePostgres(database.ConnectionString);
            o.EnableWorker = false;
        });
        builder.Services.AddAuthorization(o =>
            o.DefaultPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => true).Build());
        await using var app = builder.Build();
        app.MapOutbox();
        await app.StartAsync();
        var outbox = app.Services.GetRequiredService<IOutbox>();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/outbox/") };
        // Once each, so that the code is compiled.
        foreach (var view in Views)
            await ShowAsync(client, outbox, view, 6);
        var without = await ShowAsync(client, outbox, null, Seconds);
        foreach (var view in Views)
        {
            var with = await ShowAsync(client, outbox, view, Seconds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"an open page, {view.Name}: {(with - without) / Seconds:P2} of a core (without a page {without / Seconds:P2})"));
        }
    }

    /// <summary>Shows a page, or none; returns the seconds of processor time.</summary>
    private async Task<double> ShowAsync(HttpClient client, IOutbox outbox, (string Name, string Path, bool IsList)? view, int seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        var (tag, asked) = ("", 0);
        var before = await ReadTimeAsync();
        for (var second = 0; second < seconds; second++)
        {
            await timer.WaitForNextTickAsync();
            await outbox.EnqueueAsync(new Email { From = MailContent.From, To = ["one@example.com"], Subject = "s", TextBody = "x" });
            if (view is not { } shown || second % 2 != 0)
                continue;
            using var request = new HttpRequestMessage(HttpMethod.Get, "status");
            if (tag.Length > 0)
                request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            using var answer = await client.SendAsync(request);
            var hasChanged = answer.StatusCode != HttpStatusCode.NotModified;
            if (hasChanged)
                tag = answer.EnsureSuccessStatusCode().Headers.ETag!.ToString();
            if (shown.IsList ? hasChanged : asked++ % 5 == 0)
                await client.GetByteArrayAsync(new Uri(shown.Path, UriKind.Relative));
        }
        return await ReadTimeAsync() - before;
    }

    /// <summary>The seconds of processor time that this process and PostgreSQL have used.</summary>
    private async Task<double> ReadTimeAsync()
    {
        using var process = Process.GetCurrentProcess();
        var own = process.TotalProcessorTime.TotalSeconds;
        if (database.IsSqlite)
            return own;
        var backend = await database.ScalarAsync("SELECT CAST(pg_backend_pid() AS bigint)");
        var main = ReadFields(backend)![1];
        // A backend that has ended is in the sum of its parent.
        var ticks = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => long.TryParse(name, CultureInfo.InvariantCulture, out _))
            .Select(name => ReadFields(long.Parse(name!, CultureInfo.InvariantCulture)))
            .Where(fields => fields is not null && fields[1] == main)
            .Sum(fields => Ticks(fields!, 11, 12));
        var parent = ReadFields(long.Parse(main, CultureInfo.InvariantCulture))!;
        return own + ((ticks + Ticks(parent, 11, 14)) / 100.0);

        static long Ticks(string[] fields, int first, int last) =>
            fields[first..(last + 1)].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
    }

    /// <summary>The fields of a process behind its name: the state, the parent, and so on; null if it has ended.</summary>
    private static string[]? ReadFields(long id)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
