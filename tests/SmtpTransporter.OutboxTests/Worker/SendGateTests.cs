using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What passes the gate before MAIL.</summary>
public sealed class SendGateTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(60));
    private readonly WorkerLifetime _lifetime = new();
    private readonly SendGate _gate;

    public SendGateTests()
    {
        _gate = new SendGate(_lifetime, _time);
        _gate.Renew(_time.GetTimestamp());
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _lifetime.Dispose();

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("t", null, true)]
    [InlineData(null, "l", true)]
    [InlineData("t", "l", true)]
    [InlineData("", null, false)]
    [InlineData("t", "", false)]
    [InlineData("u", "l", false)]
    public async Task A_pause_holds_the_emails_of_its_transporter_and_lane(string? transporter, string? lane, bool isHeld)
    {
        _gate.Pauses = [new SendPause(transporter, lane)];

        using var permit = await _gate.EnterAsync(NewClaim(), Cancellation);

        Assert.Equal(isHeld, permit is null);
    }

    [Fact]
    public async Task An_email_that_was_revoked_does_not_pass()
    {
        var claim = NewClaim();
        claim.Revoke();

        Assert.Null(await _gate.EnterAsync(claim, Cancellation));
    }

    [Fact]
    public async Task After_the_lease_an_email_waits_until_the_process_has_shown_that_it_lives()
    {
        _time.Advance(SendGate.Lease);

        var entering = _gate.EnterAsync(NewClaim(), Cancellation).AsTask();

        Assert.False(entering.IsCompleted);
        _gate.Renew(_time.GetTimestamp());
        Assert.NotNull(await entering);
        Assert.True(SendGate.Lease < Heartbeat.DeadAfter);
    }

    [Fact]
    public async Task An_email_that_waits_for_the_lease_ends_when_it_is_revoked_or_the_process_stops()
    {
        _time.Advance(SendGate.Lease);
        var (revoked, other) = (NewClaim(), NewClaim());
        var entering = _gate.EnterAsync(revoked, Cancellation).AsTask();
        var stopping = _gate.EnterAsync(other, Cancellation).AsTask();

        revoked.Revoke();
        _gate.Wake();
        Assert.Null(await entering);
        Assert.False(stopping.IsCompleted);
        await _lifetime.StopAsync();

        Assert.Null(await stopping);
    }

    [Fact]
    public async Task Whoever_changes_the_gate_waits_for_those_that_have_passed_and_not_for_those_that_pass_later()
    {
        var before = await _gate.EnterAsync(NewClaim(), Cancellation);

        var waiting = _gate.WaitForPassedAsync(Cancellation);
        using var after = await _gate.EnterAsync(NewClaim(), Cancellation);
        Assert.False(waiting.IsCompleted);
        before!.Dispose();
        while (!waiting.IsCompleted)
            _time.Advance(TimeSpan.FromMilliseconds(1));

        await waiting;
    }

    private static Claim NewClaim() => new(
        new EmailRow
        {
            Id = Guid.NewGuid(),
            Transporter = "t",
            Lane = "l",
            Priority = OutboxPriority.Normal,
            State = OutboxState.Waiting,
            Generation = 1,
            Attempts = 0,
            CreatedAt = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.MaxValue,
            Size = 0,
            IsProtected = false,
        },
        "w", null);
}
