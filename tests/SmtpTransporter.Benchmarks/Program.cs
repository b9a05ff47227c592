using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using SmtpTransport.Benchmarks;

switch (args)
{
    case ["worker", var name]:
        return await Worker.RunAsync(name);
    case ["parts", .. var rest]:
        var config = DefaultConfig.Instance.WithArtifactsPath(Path.Combine(Artifacts.Folder, "parts"));
        BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(rest is [] ? ["--filter", "*"] : rest, config);
        return 0;
    case ["compare", "quick" or "full", ..] when args.Length <= 3:
        return await new Comparison(Plan.Of(args[1], args.ElementAtOrDefault(2))).RunAsync();
    case ["many", .. var count] when count.Length <= 1:
        return await ManyRun.StartAsync(
            count is [var number] ? long.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 1_000_000);
    case ["outbox", "sqlite" or "postgres", .. var count] when count.Length <= 1:
        return await new QueueRun(
            args[1] == "postgres",
            count is [var emails] ? int.Parse(emails, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 400).RunAsync();
    case ["databases", .. var count] when count.Length <= 1:
        return await new DatabasesRun(
            count is [var each] ? int.Parse(each, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 8000).RunAsync();
    case ["split", .. var sizes] when sizes.Length <= 2:
        return await new SplitRun(
            sizes.Length > 0 ? int.Parse(sizes[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 3000,
            TimeSpan.FromMilliseconds(sizes.Length > 1 ? double.Parse(sizes[1], CultureInfo.InvariantCulture) : 10)).RunAsync();
    case ["feedback", .. var reports] when reports.Length <= 1:
        return await new FeedbackRun(
            reports is [var all] ? int.Parse(all, NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 100_000).RunAsync();
    case ["size", "sqlite" or "postgres", var waiting, var ended, .. var file]
        when file.Length == 0 || (file.Length == 1 && args[1] == "sqlite"):
        return await new SizeRun(
            args[1] == "postgres", long.Parse(waiting, NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
            long.Parse(ended, NumberStyles.AllowThousands, CultureInfo.InvariantCulture), file.ElementAtOrDefault(0)).RunAsync();
    case ["templates", .. var seconds] when seconds.Length <= 1:
        return await TemplateRun.StartAsync(
            TimeSpan.FromSeconds(seconds is [var text] ? double.Parse(text, CultureInfo.InvariantCulture) : 5));
    default:
        Console.Error.WriteLine("""
            parts [options of BenchmarkDotNet]    measures building, encoding and sending separately
            compare quick|full [part of a title]  compares with other clients; run compare.sh, which gets and builds them
            many [count]                          SendManyAsync of this many emails (a million), and the memory that it needs
            outbox sqlite|postgres [count]        storing and sending by the outbox, by Hangfire and by a hand-written table
            databases [count]                     sending by the outbox from PostgreSQL and from MariaDB (8,000 emails each)
            split [count [ms]]                    1, 2 and 4 outboxes, each with a PostgreSQL whose flushes take so long (3,000, 10 ms)
            feedback [count]                      reading so many reports (100,000), and recording a tenth of them in an outbox
            size sqlite|postgres WAITING ENDED    what so many emails in the outbox's database cost
            size sqlite WAITING ENDED FILE        the same with a file that is kept, and used as it is if it exists
            templates [seconds]                   a newsletter of twelve components: rendered, inlined and built
            worker NAME                           a client that is compared
            """);
        return 2;
}
