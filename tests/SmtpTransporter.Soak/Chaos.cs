using SmtpTransport.Testing;

namespace SmtpTransport.Soak;

/// <summary>Lets the server fail at random, in all the ways that it can, again and again.</summary>
internal sealed class Chaos(SmtpTestServer server, int seed)
{
    private static readonly SmtpStep[] Steps =
    [
        SmtpStep.Connect, SmtpStep.Ehlo, SmtpStep.StartTls, SmtpStep.TlsHandshake, SmtpStep.Auth, SmtpStep.AuthResponse, SmtpStep.MailFrom, SmtpStep.RcptTo, SmtpStep.Data,
        SmtpStep.Body, SmtpStep.EndOfData, SmtpStep.Rset, SmtpStep.NoOp, SmtpStep.Quit, SmtpStep.Idle,
    ];

    private readonly Random _random = new(seed);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Now and then all is well for a while; the rules that were used up go.
            server.Script.Clear();
            for (var i = _random.Next(8); i > 0; i--)
                Add();
            await Task.Delay(_random.Next(5, 60), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        server.Script.Clear();
    }

    // What is said twice has the code of what was asked: a server that takes a message in words before it has it lies, and nobody can tell.
    private static string Twice(SmtpStep step) =>
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
            8 => rule.ReplyRaw(Twice(step)),
            _ => rule.Hang(),
        };
    }
}
