using System.Net.Sockets;
using System.Text;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests emails that follow one another without waiting over a connection that ends in the middle of them.</summary>
public sealed class OverlapEndingTests : OverlapTest
{
    private static readonly bool[] Both = [false, true];

    public static MatrixTheoryData<SmtpStep, bool, bool> Steps =>
        new([SmtpStep.Rset, SmtpStep.MailFrom, SmtpStep.RcptTo], Both, Both);

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task A_server_that_closes_with_421_before_a_message_is_not_asked_twice_for_it(SmtpStep step, bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        server.Script.On(step, step == SmtpStep.Rset ? null : "b@").Times(1).ReplyAndClose(421, "4.3.2 Closing");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        // With chunks, b, c and d are on their way as a whole at that time; a server that closes in order has taken none of them.
        Assert.All(results, AssertAccepted);
        AssertTruthful(server, results);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task Behind_a_421_that_is_followed_by_another_reply_emails_that_were_sent_are_unknown(bool async)
    {
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server);
        server.Script.On(SmtpStep.EndOfData, "b@").Times(1).ReplyRawAndClose("421 4.3.2 Closing\r\n250 2.0.0 Ok\r\n");

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.Equal([Outcome.Accepted, Outcome.Deferred, Outcome.Unknown, Outcome.Unknown], results.Select(r => r.Outcome));
        AssertTruthful(server, results);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_write_that_fails_before_anything_follows_says_nothing_of_the_server(bool async)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = false });
        var options = server.ToServerOptions() with { MaxConnections = 1, Overlap = 4 };
        var fails = true;
        using var transporter = new SmtpTransporter(
            options, () => new ObservedClient(options, TimeProvider.System, NewStream), TimeProvider.System, new SystemResolver());

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)]);

        Assert.False(fails);
        Assert.All(results, AssertAccepted);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        AssertStored(server, Names);

        DeadlineStream NewStream(Socket socket) => new DeadStream(socket, () =>
        {
            (var now, fails) = (fails, false);
            return now;
        });
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_silence_of_a_server_at_the_last_email_in_line_ends_the_overlap(bool async)
    {
        var time = NewTime();
        await using var server = StartServer(chunking: true);
        using var transporter = NewTransporter(server, o => o with { SendTimeout = TimeSpan.FromHours(1) }, time);
        server.Script.On(SmtpStep.EndOfData, "d@").Times(1).Hang();

        var results = await SendTogetherAsync(server, transporter, async, [.. Names.Select(NewNamed)], async sends =>
        {
            await sends[2];
            for (var i = 0; i < 100 && !sends[3].IsCompleted; i++)
            {
                time.Advance(TimeSpan.FromMinutes(20));
                SpinWait.SpinUntil(() => sends[3].IsCompleted, TimeSpan.FromMilliseconds(100));
            }
        });

        Assert.Equal([Outcome.Accepted, Outcome.Accepted, Outcome.Accepted, Outcome.Unknown], results.Select(r => r.Outcome));
        Assert.Equal(SmtpErrorCodes.OverlapGivenUp, Assert.Single(results.SelectMany(r => r.Warnings)).ErrCode);
    }

    [Theory]
    [MemberData(nameof(ChunkingAndAsync))]
    public async Task An_email_that_is_canceled_while_its_reply_is_awaited_costs_those_behind_what_was_sent_of_them(
        bool chunking, bool async)
    {
        await using var server = StartServer(chunking);
        using var transporter = NewTransporter(server);
        using var cancellation = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        // With chunks, the first goes alone.
        var canceled = chunking ? 1 : 0;
        var reply = server.Script.On(SmtpStep.EndOfData, $"{Names[canceled]}@").WaitFor(gate.Task);

        var results = await SendTogetherAsync(
            server, transporter, async, [.. Names.Select(NewNamed)],
            async sends =>
            {
                await reply.Reached.WaitAsync(Cancellation);
                await cancellation.CancelAsync();
                await Task.WhenAny(sends[canceled]);
                gate.SetResult();
            },
            (canceled, cancellation.Token));

        Outcome[] expected = chunking
            ? [Outcome.Accepted, Outcome.Unknown, Outcome.Unknown, Outcome.Unknown]
            : [Outcome.Unknown, Outcome.Accepted, Outcome.Accepted, Outcome.Accepted];
        Assert.Equal(expected, results.Select(r => r.Outcome));
        AssertTruthful(server, results);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_limit_that_ends_just_as_the_answer_comes_costs_no_email_behind_anything(bool async)
    {
        var half = TimeSpan.FromSeconds(30);
        var time = NewTime();
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None, Chunking = false });
        var options = server.ToServerOptions() with { MaxConnections = 1, Overlap = 4, SendTimeout = 2 * half };
        var ends = false;
        using var transporter = new SmtpTransporter(options, NewClient, time, new SystemResolver());
        var calls = Names.Select(name => (Func<Task<SendResult>>)(() =>
        {
            // The others have time left as that of the first is over.
            if (name == "b")
                time.Advance(half);
            ends = true;
            return SendAsync(transporter, async, NewNamed(name));
        })).ToList();

        var results = await SendTogetherAsync(server, transporter, calls);

        Assert.All(results, AssertAccepted);
        Assert.All(results, r => Assert.Empty(r.Warnings));
        AssertStored(server, Names);
        Assert.Equal(2, server.Sessions.Count);
        Assert.Equal((0, 0), (transporter.Pool.InUse, transporter.Pool.Waiting));

        ObservedClient NewClient() => new(options, time, socket => new AnsweredStream(socket, () =>
        {
            if (!ends)
                return;
            ends = false;
            time.Advance(half);
        }));
    }

    private static void AssertTruthful(SmtpTestServer server, SendResult[] results)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            var copies = server.Messages.Count(m => m.Message.Subject == Names[i]);
            if (results[i].Outcome == Outcome.Unknown)
                Assert.InRange(copies, 0, 1);
            else
                Assert.True(copies == (results[i].Outcome == Outcome.Accepted ? 1 : 0), $"{copies} copies: {Describe(results[i])}");
        }
    }

    /// <summary>A stream that does not take the end of the email "a".</summary>
    private sealed class DeadStream(Socket socket, Func<bool> fails) : DeadlineStream(socket)
    {
        private readonly Socket _socket = socket;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Look(buffer);
            base.Write(buffer);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Look(buffer.Span);
            return base.WriteAsync(buffer, cancellationToken);
        }

        private void Look(ReadOnlySpan<byte> buffer)
        {
            if (!Encoding.ASCII.GetString(buffer).Contains("Subject: a\r\n", StringComparison.Ordinal) || !fails())
                return;
            _socket.Shutdown(SocketShutdown.Both);
            throw new IOException("Connection reset by peer");
        }
    }

    /// <summary>A stream that tells when an answer to a message was read, before anybody has seen it.</summary>
    private sealed class AnsweredStream(Socket socket, Action answered) : DeadlineStream(socket)
    {
        public override int Read(Span<byte> buffer) => Look(base.Read(buffer), buffer);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Look(await base.ReadAsync(buffer, cancellationToken), buffer.Span);

        private int Look(int read, ReadOnlySpan<byte> buffer)
        {
            if (Encoding.ASCII.GetString(buffer[..read]).Contains("queued as", StringComparison.Ordinal))
                answered();
            return read;
        }
    }
}
