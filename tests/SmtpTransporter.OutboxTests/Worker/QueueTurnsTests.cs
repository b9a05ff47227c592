using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>Whose turn it is if there is not room for all queues.</summary>
public sealed class QueueTurnsTests
{
    private readonly LaneLimits _limits = new();

    [Fact]
    public void Each_of_sixty_lanes_has_its_turn_though_there_is_room_for_seven_at_a_time()
    {
        var turns = new QueueTurns(_limits);
        List<QueueKey> due = [.. Enumerable.Range(0, 60).Select(i => Key($"l{i}"))];
        var claimed = new List<QueueKey>();

        for (var round = 0; round < 18; round++)
        {
            foreach (var key in Assert.Single(turns.Arrange(due)).Take(7))
            {
                turns.OnClaimed(key);
                claimed.Add(key);
            }
        }

        Assert.All(claimed.Take(120).CountBy(key => key), turn => Assert.Equal(2, turn.Value));
        Assert.Equal(60, claimed.Take(60).Distinct().Count());
    }

    [Fact]
    public void The_turns_go_on_behind_a_lane_that_has_nothing_any_more()
    {
        var turns = new QueueTurns(_limits);
        turns.OnClaimed(Key("b"));

        Assert.Equal(["c", "d", "a"], Assert.Single(turns.Arrange([Key("a"), Key("c"), Key("d")])).Select(key => key.Lane));
    }

    [Fact]
    public void Ordered_emails_of_a_lane_take_turns_with_its_others()
    {
        var turns = new QueueTurns(_limits);
        List<QueueKey> both = [Key("a"), Key("a") with { IsOrdered = true }];
        Assert.Equal(both, Assert.Single(turns.Arrange(both)));

        turns.OnClaimed(both[0]);

        Assert.Equal([both[1], both[0]], Assert.Single(turns.Arrange(both)));
    }

    [Fact]
    public void A_lane_with_limits_of_its_own_takes_no_turn_of_the_others()
    {
        _limits.SetConcurrency("", "own", 1);
        var turns = new QueueTurns(_limits);
        turns.OnClaimed(Key("b"));
        turns.OnClaimed(Key("own"));

        var groups = turns.Arrange([Key("a"), Key("b"), Key("c"), Key("own")]);

        Assert.Equal(["c,a,b", "own"], groups.Select(group => string.Join(',', group.Select(key => key.Lane))));
    }

    [Fact]
    public void A_higher_priority_goes_first_and_each_transporter_and_priority_has_turns_of_its_own()
    {
        var turns = new QueueTurns(_limits);
        List<QueueKey> due =
        [
            Key("a") with { Priority = OutboxPriority.Low }, Key("b") with { Priority = OutboxPriority.Low },
            Key("a") with { Transporter = "news" }, Key("b") with { Transporter = "news" },
            Key("a") with { Priority = OutboxPriority.High },
        ];
        turns.OnClaimed(due[0]);

        Assert.Equal([[due[4]], [due[2], due[3]], [due[1], due[0]]], turns.Arrange(due));
    }

    private static QueueKey Key(string lane) => new("", lane, OutboxPriority.Normal, false);
}
