using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests each fault at each step of the dialogue: over every kind of connection, with and without PIPELINING, synchronously and
/// asynchronously. <see cref="Expected"/> contains the expected results; in every case nothing else is thrown, no message arrives twice,
/// and the next send works.
/// </summary>
/// <remarks>
/// Each step of a message occurs twice: with DATA, and in chunks. If the server also offers PIPELINING, a small message in chunks is
/// transmitted together with its commands, in one flight: if the connection then closes at MAIL or RCPT, the outcome is Unknown, by the
/// same rule as after any last byte. The refusals of the server are known exactly nevertheless. If a server replies to the last RCPT twice,
/// with the text of an accepted message, it is believed, because nothing distinguishes the two replies.
///
/// One cell is wider than the others: if a server closes in the middle of a message and goes on receiving bytes, the client notices only
/// after it has written all of them, including the end. It cannot know whether the server read the end before it closed, and so the outcome
/// may be Unknown. The outcome is never NotSent if the message may have arrived.
/// </remarks>
public sealed class FaultMatrixTests : SocketTest
{
    public enum Fault
    {
        Hang,
        Drip,
        Close,
        Reset,
        ClosingDown,
        NotNow,
        Never,
        Misplaced,
        Garbage,
        LongLine,
        EndlessLine,
        ManyLines,
        MixedCodes,
        TwoReplies,
        BareLineFeeds,
        OddText,
        OddEnhancedCode,
    }

    /// <summary>A step and its occurrence: the second EHLO is the one after STARTTLS, the second RCPT is the one in the middle.</summary>
    public sealed record Place(SmtpStep Step, int After = 0, bool Chunks = false)
    {
        /// <summary>Whether the message is out before the reply at this place arrives.</summary>
        public bool IsAfterTheMessage(bool pipelining) =>
            IsAnswer || (Chunks && pipelining && Step is SmtpStep.MailFrom or SmtpStep.RcptTo);

        public bool IsConnecting => Step <= SmtpStep.AuthResponse;

        public bool IsAnswer => Step == SmtpStep.EndOfData;

        public bool Exists(SmtpTestTlsMode tls) => Step switch
        {
            SmtpStep.StartTls => tls == SmtpTestTlsMode.StartTls,
            SmtpStep.TlsHandshake => tls != SmtpTestTlsMode.None,
            SmtpStep.Ehlo when After == 1 => tls == SmtpTestTlsMode.StartTls,
            _ => true,
        };

        public override string ToString() => $"{Step}{(After == 0 ? "" : $"+{After}")}{(Chunks ? " in chunks" : "")}";
    }

    private static readonly Place[] Places =
    [
        new(SmtpStep.Connect), new(SmtpStep.Ehlo), new(SmtpStep.StartTls), new(SmtpStep.TlsHandshake), new(SmtpStep.Ehlo, 1),
        new(SmtpStep.Auth), new(SmtpStep.AuthResponse),
        new(SmtpStep.MailFrom), new(SmtpStep.RcptTo), new(SmtpStep.RcptTo, 1), new(SmtpStep.RcptTo, 2), new(SmtpStep.Data),
        new(SmtpStep.Body), new(SmtpStep.EndOfData),
        new(SmtpStep.MailFrom, 0, true), new(SmtpStep.RcptTo, 0, true), new(SmtpStep.RcptTo, 1, true), new(SmtpStep.RcptTo, 2, true),
        new(SmtpStep.Body, 0, true),
        new(SmtpStep.EndOfData, 0, true),
    ];

    public static TheoryData<Fault, string> Rows
    {
        get
        {
            var rows = new TheoryData<Fault, string>();
            foreach (var place in Places)
            {
                foreach (var fault in Enum.GetValues<Fault>())
                {
                    if (HasMeaning(fault, place))
                        rows.Add(fault, place.ToString());
                }
            }

            return rows;
        }
    }

    // In a handshake and in a message there are no replies; only the connection can fail. The client answers a refusal of EHLO with HELO,
    // which another test covers. A second reply to the final dot comes after the reply that counts.
    private static bool HasMeaning(Fault fault, Place place) => fault switch
    {
        _ when place.Step is SmtpStep.Body => fault is Fault.Close or Fault.Reset,
        _ when place.Step is SmtpStep.TlsHandshake => fault is Fault.Close or Fault.Reset or Fault.Hang,
        Fault.NotNow or Fault.Never or Fault.OddText or Fault.OddEnhancedCode => place.Step is not SmtpStep.Ehlo,
        Fault.TwoReplies => !place.IsAnswer && place.Step is not (SmtpStep.Auth or SmtpStep.AuthResponse),
        Fault.BareLineFeeds => place.Step is not (SmtpStep.Auth or SmtpStep.AuthResponse or SmtpStep.Ehlo),
        _ => true,
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task A_fault_has_its_expected_outcome_and_the_next_email_is_sent(Fault fault, string placeName)
    {
        var place = Places.Single(p => p.ToString() == placeName);
        var variants =
            from tls in Enum.GetValues<SmtpTestTlsMode>()
            where place.Exists(tls)
            from pipelining in (bool[])[false, true]
            from async in (bool[])[false, true]
            select (tls, pipelining, async);

        var together = new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Cancellation };
        await Parallel.ForEachAsync(variants, together, async (v, _) =>
        {
            try
            {
                await WithGrowingLimit(limit => TryAsync(fault, place, v.tls, v.pipelining, v.async, limit));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(
                    $"{fault} at {place} over {v.tls}, pipelining {v.pipelining}, async {v.async}: {exception.Message}", exception);
            }
        });
    }

    private static async Task<bool> TryAsync(
        Fault fault, Place place, SmtpTestTlsMode tls, bool pipelining, bool async, TimeSpan limit)
    {
        await using var server = SmtpTestServer.Start(new() { Tls = tls, Pipelining = pipelining, Chunking = place.Chunks, Users = Users });
        var silent = fault is Fault.Hang or Fault.Drip or Fault.EndlessLine;
        await using var transporter = new SmtpTransporter(server.ToServerOptions() with
        {
            AuthenticationMode = AuthenticationMode.Login,
            ConnectionTimeout = silent && place.IsConnecting ? limit : TimeSpan.FromSeconds(60),
            SendTimeout = silent && !place.IsConnecting ? limit : TimeSpan.FromSeconds(120),
        });
        // Only if time counts: on a connection that was used before, the client repairs some faults silently, which other tests cover.
        if (silent && !place.IsConnecting)
            Assert.True((await CheckAsync(transporter, async)).Success);
        var rule = server.Script.On(place.Step).After(place.After).Times(1);
        Play(fault, rule, place);

        var email = NewMail("ann@example.org, bob@example.org, cid@example.org");
        // The message is too large to be entirely in transit when the connection closes.
        if (place.Step == SmtpStep.Body)
            email.Attachments.Add(MailAttachment.FromBytes(new byte[6_000_000], "large.bin"));

        var result = await SendAsync(transporter, async, email);
        // What goes out with the envelope may not have left within the limit.
        if (silent && (rule.Hits == 0 || (place.IsAfterTheMessage(pipelining) && result.Outcome == Outcome.NotSent)))
            return false;

        var delivered = server.Messages.SelectMany(m => m.Recipients).ToList();
        AssertExpected(fault, place, pipelining, result, delivered.Count);
        // No message is sent to a recipient a second time without the caller's knowledge.
        Assert.Equal(delivered.Distinct(), delivered);
        Assert.All(server.Sessions, s => Assert.InRange(s.Commands.Count(c => c.StartsWith("AUTH", StringComparison.Ordinal)), 0, 1));
        var again = await SendAsync(transporter, async);
        // With so short a time limit, a busy machine may need more than one attempt.
        for (var i = 0; silent && !again.Success && i < 5; i++)
            again = await SendAsync(transporter, async);
        AssertAccepted(again);
        return true;
    }

    private static void Play(Fault fault, SmtpRule rule, Place place)
    {
        // The reply of the server at this step without a fault.
        var code = place.Step switch
        {
            SmtpStep.Connect or SmtpStep.StartTls => 220,
            SmtpStep.Auth or SmtpStep.Data => place.Step == SmtpStep.Auth ? 334 : 354,
            SmtpStep.AuthResponse => 334,
            _ => 250,
        };
        _ = fault switch
        {
            Fault.Hang => rule.Hang(),
            Fault.Drip => rule.DripReply(TimeSpan.FromMilliseconds(200), code, "one byte after the other, on and on"),
            Fault.Close => rule.Close(),
            Fault.Reset => rule.Reset(),
            Fault.ClosingDown => rule.ReplyAndClose(421, "4.3.2 Closing down"),
            Fault.NotNow => rule.Reply(451, "4.7.1 Not now"),
            Fault.Never => rule.Reply(554, "5.7.1 Never"),
            Fault.Misplaced => rule.Reply(code is 250 or 334 ? 354 : 250, "What"),
            Fault.Garbage => rule.ReplyRaw("HTTP/1.1 400 Bad Request\r\n"),
            Fault.LongLine => rule.ReplyRaw($"{code} {new string('x', 1_000_000)}\r\n"),
            Fault.EndlessLine => rule.ReplyRaw($"{code} {new string('x', 60_000)}"),
            Fault.ManyLines => rule.ReplyRaw(string.Concat(Enumerable.Repeat($"{code}-x\r\n", 10_000)) + $"{code} x\r\n"),
            Fault.MixedCodes => rule.ReplyRaw($"{code}-x\r\n{code + 1} x\r\n"),
            Fault.TwoReplies => rule.ReplyRaw($"{code} x\r\n250 2.0.0 Ok\r\n"),
            Fault.BareLineFeeds => rule.ReplyRaw($"{code}-x\n{code} x\n"),
            Fault.OddText => rule.ReplyRaw("550 a\0b \u00e9 \u001b[31m\u0007\r\n"),
            _ => rule.Reply(550, "2.1.999999 Odd"),
        };
    }

    /// <summary>The expected result of a fault at a place.</summary>
    private static (Outcome Outcome, int Status) Expected(Fault fault, Place place, bool pipelining)
    {
        var oneOfThree = place.Step == SmtpStep.RcptTo;
        return fault switch
        {
            Fault.BareLineFeeds => (Outcome.Accepted, 250),
            // The recipients before the 421 are as many as the server takes, unless the message is out.
            Fault.ClosingDown when place is { Step: SmtpStep.RcptTo, After: > 0 } && !place.IsAfterTheMessage(pipelining) =>
                (Outcome.Accepted, 250),
            Fault.ClosingDown => place.IsConnecting ? (Outcome.NotSent, 421) : (Outcome.Deferred, 421),
            Fault.NotNow => place.IsConnecting ? (Outcome.NotSent, 451) : (oneOfThree ? Outcome.PartiallyAccepted : Outcome.Deferred, 451),
            Fault.Never => place.IsConnecting ? (Outcome.NotSent, 554) : (oneOfThree ? Outcome.PartiallyAccepted : Outcome.Refused, 554),
            Fault.OddText or Fault.OddEnhancedCode =>
                place.IsConnecting ? (Outcome.NotSent, 550) : (oneOfThree ? Outcome.PartiallyAccepted : Outcome.Refused, 550),
            _ => (place.IsAfterTheMessage(pipelining) ? Outcome.Unknown : Outcome.NotSent, 0),
        };
    }

    private static void AssertExpected(Fault fault, Place place, bool pipelining, SendResult result, int delivered)
    {
        var (outcome, status) = Expected(fault, place, pipelining);
        if (fault == Fault.TwoReplies && place.IsAfterTheMessage(pipelining) && result.Success)
        {
            Assert.Equal(("RcptTo+2 in chunks", 3), (place.ToString(), delivered));
            return;
        }

        if (fault == Fault.Close && place.Step == SmtpStep.Body && result.Outcome == Outcome.Unknown)
            outcome = Outcome.Unknown;
        Assert.True((outcome, status) == (result.Outcome, result.Status), $"expected {outcome} {status}, got {Describe(result)}");
        Assert.Equal(outcome == Outcome.Accepted, result.Success);
        Assert.Equal(3, result.Recipients.Count);
        if (outcome is Outcome.NotSent or Outcome.Refused or Outcome.Deferred && !place.IsAnswer)
            Assert.Equal(0, delivered);
        if (outcome == Outcome.Unknown)
            Assert.Null(result.RetryEmail());
        if (status == 0)
        {
            Assert.Equal(SendResult.FailedText, result.StatusText);
            Assert.NotEmpty(result.Errors);
            Assert.Contains(result.Errors[^1].ComponentSignature, (string[])["tcp", "tls", "auth", "smtp"]);
        }

        // With PIPELINING, the replies after it end the line, and the client misses them.
        if (fault is Fault.Hang or Fault.Drip || (fault == Fault.EndlessLine && !pipelining))
            Assert.Contains(
                result.Errors,
                e => e.ErrCode is SmtpErrorCodes.ReplyTimeout or SmtpErrorCodes.TlsTimeout or SmtpErrorCodes.AuthenticationTimeout);
        if (fault is Fault.OddText or Fault.OddEnhancedCode)
            Assert.Null(result.EnhancedStatus);
        Assert.DoesNotContain(result.StatusText, char.IsControl);
    }
}
