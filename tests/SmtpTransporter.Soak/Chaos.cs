using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>Makes the server fail at random, again and again, in every way that its script allows.</summary>
internal sealed class Chaos(SmtpTestServer server, int seed)
{
    private static readonly SmtpStep[] Steps =
    [
        SmtpStep.Connect, SmtpStep.Ehlo, SmtpStep.StartTls, SmtpStep.TlsHandshake, SmtpStep.Auth, SmtpStep.AuthResponse,
        SmtpStep.MailFrom, SmtpStep.RcptTo, SmtpStep.Data, SmtpStep.Body, SmtpStep.EndOfData, SmtpStep.Rset, SmtpStep.NoOp, SmtpStep.Quit,
        SmtpStep.Idle,
    ];

    private readonly Random _random = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Sometimes the server works for a while; rules that were used up are removed.
            server.Script.Clear();
            for (var i = _random.Next(8); i > 0; i--)
                Add();
            await Task.Delay(_random.Next(5, 60), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        server.Script.Clear();
    }

    // A duplicated reply has the code of its command: nobody can detect that a server accepts a message before it has received it.
    private static string Duplicate(SmtpStep step) =>
        step is SmtpStep.MailFrom or SmtpStep.RcptTo ? "250 2.1.5 Ok\r\n250 2.1.5 Ok\r\n" : "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n";

    private void Add()
    {
        var step = Steps[_random.Next(Steps.Length)];
        var rule = server.Script.On(step).After(_random.Next(20)).Times(_random.Next(1, 3));
        if (step == SmtpStep.Body)
        {
            _ = _random.Next(2) == 0 ? rule.CloseAfterBytes(_random.Next(3000)) : rule.ResetAfterBytes(_random.Next(3000));
            return;
        }
        if (step is SmtpStep.TlsHandshake or SmtpStep.Idle)
        {
            _ = _random.Next(2) == 0 ? rule.Close() : rule.Reset();
            return;
        }
        _ = _random.Next(10) switch
        {
            0 => rule.Close(),
            1 => rule.Reset(),
            2 => rule.Reply(451, "4.7.1 Not now"),
            3 => rule.Reply(554, "5.7.1 Never"),
            4 => rule.Reply(452, "4.5.3 Too many recipients"),
            5 => rule.ReplyAndClose(421, "4.3.2 Closing down"),
            6 => rule.ReplyRaw("garbage\r\n"),
            7 => rule.ReplyRaw("250-one\r\n251 two\r\n"),
            8 => rule.ReplyRaw(Duplicate(step)),
            _ => rule.Hang(),
        };
    }
}
