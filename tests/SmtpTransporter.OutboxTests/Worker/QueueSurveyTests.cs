using Microsoft.Extensions.Time.Testing;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>When all queues are looked at from their beginning, and where a claim goes on until then.</summary>
public sealed class QueueSurveyTests
{
    private static readonly QueueKey News = new("", "news", OutboxPriority.Low, false);
    private static readonly QueueKey Receipts = new("", "receipts", OutboxPriority.High, false);

    private readonly FakeTimeProvider _time = new();
    private readonly QueueSurvey _survey;

    public QueueSurveyTests() => _survey = new QueueSurvey(_time);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(49, 0)]
    [InlineData(50, 200)]
    [InlineData(1000, 4000)]
    public void A_survey_that_costs_much_is_not_repeated_at_once(int cost, int wait)
    {
        Assert.Equal(TimeSpan.Zero, _survey.Wait);

        Survey(cost, News);

        Assert.Equal(TimeSpan.FromMilliseconds(wait), _survey.Wait);
        _time.Advance(TimeSpan.FromMilliseconds(wait));
        Assert.Equal(TimeSpan.Zero, _survey.Wait);
    }

    [Fact]
    public void A_claim_goes_on_with_the_first_email_of_the_last_one()
    {
        Survey(100, News, Receipts);
        _survey.OnClaimed(News, [Due(7), Due(5), Due(9)]);

        Assert.Equal([Receipts, News], _survey.Due);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(5), _survey.FindPosition(News));
        Assert.Null(_survey.FindPosition(Receipts));
        _survey.OnClaimed(News, []);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(5), _survey.FindPosition(News));
    }

    [Fact]
    public void A_queue_that_has_nothing_due_any_more_is_forgotten()
    {
        Survey(100, News);
        _survey.OnClaimed(News, [Due(7)]);

        Survey(100, Receipts);

        Assert.Equal([Receipts], _survey.Due);
        Assert.Null(_survey.FindPosition(News));
    }

    [Fact]
    public void Of_queues_with_the_same_priority_the_one_that_waited_for_longest_goes_first()
    {
        QueueKey[] queues = [.. Enumerable.Range(0, 60).Select(i => News with { Lane = $"lane {i}" })];
        Survey(0, [.. queues, Receipts]);
        foreach (var key in queues[..51])
            _survey.OnClaimed(key, [Due(1)]);

        Survey(0, [.. queues, Receipts]);

        Assert.Equal([Receipts, .. queues[51..], .. queues[..51]], _survey.Due);
    }

    private void Survey(int cost, params QueueKey[] due)
    {
        _survey.Begin();
        _survey.Add(due);
        _time.Advance(TimeSpan.FromMilliseconds(cost));
        _survey.End();
    }

    private static Claim Due(int seconds) =>
        new(Row(DateTimeOffset.FromUnixTimeSeconds(seconds)), "token", null);

    private static EmailRow Row(DateTimeOffset due) => new()
    {
        Id = Guid.NewGuid(),
        Transporter = "",
        Priority = OutboxPriority.Normal,
        State = OutboxState.Waiting,
        Generation = 1,
        Attempts = 0,
        CreatedAt = due,
        DueAt = due,
        ExpiresAt = due.AddDays(1),
        Size = 1,
        IsProtected = false,
    };
}
