using System.Collections;
using System.Diagnostics;
using System.Globalization;

namespace SmtpTransport.Benchmarks;

/// <summary>Sends very many emails by SendManyAsync, and checks that each has one result and that memory does not grow.</summary>
internal static class ManyRun
{
    private const int Early = 10_000;

    public static async Task<int> StartAsync(long count)
    {
        await using var sink = await Sink.StartAsync(Link.Loopback, chunking: true, tls: false);
        await using var transporter = new SmtpTransporter(
            OurSession.Options(new Target(sink.Host, sink.Port, false, MailSize.Small, 4, 0)));
        var answered = new BitArray(checked((int)count));
        long done = 0, twice = 0, failed = 0, early = 0;
        var watch = Stopwatch.StartNew();
        await foreach (var (index, result) in transporter.SendManyAsync(Emails()))
        {
            if (answered[(int)index])
                twice++;
            answered[(int)index] = true;
            if (!result.Success)
                failed++;
            if (++done == Math.Min(Early, count))
                early = LiveMemory.Measure();
        }
        var late = LiveMemory.Measure();
        var taken = (await sink.ReadAsync()).Messages;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{done:N0} messages in {watch.Elapsed.TotalSeconds:N0} s ({done / watch.Elapsed.TotalSeconds:N0}/s); {failed} failed, "
            + $"{twice} with two results, {count - done + twice} without a result; {taken:N0} at the server"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"live memory {early / 1024.0:N0} KiB after {Early:N0} messages, {late / 1024.0:N0} KiB at the end "
            + $"({(double)late / early:0.00}); resident {Environment.WorkingSet / 1048576.0:N0} MiB"));
        return done == count && twice == 0 && failed == 0 && taken == count && late <= early * 1.1 ? 0 : 1;

        IEnumerable<Email> Emails()
        {
            var content = MailContent.Of(MailSize.Small);
            for (var i = 0L; i < count; i++)
                yield return OurSession.NewMail(content);
        }
    }
}
