using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests what is known of emails that follow one another in one write, if that write fails.</summary>
public sealed class FlightTrainTests
{
    public static TheoryData<bool, bool> HidesAndAsync => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(HidesAndAsync))]
    public async Task Of_emails_in_a_write_that_fails_the_last_was_not_sent_and_those_before_it_are_in_doubt(bool hides, bool async)
    {
        var wire = new FailingWire(hides);
        var channel = new SmtpChannel(wire, null, wire);
        using var commands = new CommandBuffer(channel).Add("The end of an email\r\n.\r\n");
        EarlyFlight[] flights = [await NewFlightAsync(), await NewFlightAsync()];
        var train = new FlightTrain(channel, commands, new Flights(flights[1..]), flights[0]);

        await Assert.ThrowsAsync<IOException>(async () => await train.WriteAsync(async));

        Assert.True(train.IsFirstSent);
        Assert.Equal([true, hides], flights.Select(f => f.IsSent));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Behind_so_much_that_its_writing_takes_time_nothing_more_is_appended(bool async)
    {
        var wire = new FailingWire(hides: false) { Fails = false };
        var channel = new SmtpChannel(wire, null, wire);
        using var commands = new CommandBuffer(channel).Add("The end of an email\r\n.\r\n");
        var large = new string('a', 60) + "\r\n";
        EarlyFlight[] flights = [.. await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => NewFlightAsync(string.Concat(Enumerable.Repeat(large, 600)))))];
        var left = new Flights(flights[1..]);

        await new FlightTrain(channel, commands, left, flights[0]).WriteAsync(async);

        Assert.Equal([true, true, false, false], flights.Select(f => f.IsSent));
        Assert.Same(flights[2], left.Take());
    }

    private static async Task<EarlyFlight> NewFlightAsync(string text = "Hello\r\n")
    {
        var email = new Email { From = "me@example.com", To = "ann@example.org", Subject = "Hello", TextBody = text };
        var message = MessageBuilder.Build(email, new(MailMode.Utf8, MailMode.Utf8), TimeProvider.System);
        var flight = await EarlyFlight.TryCreateAsync(
            async: true, message, new FlightForm(new ServerExtensions(), Chunks: true), TestContext.Current.CancellationToken);
        return Assert.IsType<EarlyFlight>(flight);
    }

    private sealed class Flights(params IEnumerable<EarlyFlight> flights) : IEarlyFlights
    {
        private readonly Queue<EarlyFlight> _flights = new(flights);

        public EarlyFlight? Next => null;

        public EarlyFlight? Take() => _flights.TryDequeue(out var flight) ? flight : null;
    }

    /// <summary>A connection that does not take anything for now, and may be lost before it is known what it took.</summary>
    private sealed class FailingWire(bool hides) : WireStream
    {
        public bool Fails { get; init; } = true;

        public override bool IsQuiet => true;

        public override bool HidesWhatWasTaken => hides;

        public override int Read(Span<byte> buffer) => 0;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Written += buffer.Length;
            if (Fails)
                throw new IOException("Connection reset by peer");
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        protected override void Abort()
        {
        }
    }
}
