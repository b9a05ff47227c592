using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>The checks of the options.</summary>
public sealed class OutboxOptionsTests
{
    public static TheoryData<string, Action<OutboxOptions>> InvalidOptions => new()
    {
        { nameof(OutboxOptions.MaxConcurrency), o => o.MaxConcurrency = 0 },
        { nameof(OutboxOptions.MaxConcurrency), o => o.MaxConcurrency = 101 },
        { nameof(OutboxOptions.InitialRetryDelay), o => o.InitialRetryDelay = TimeSpan.Zero },
        { nameof(OutboxOptions.MaxRetryDelay), o => o.MaxRetryDelay = TimeSpan.FromSeconds(1) },
        { nameof(OutboxOptions.MaxRetryDelay), o => o.MaxRetryDelay = TimeSpan.MaxValue },
        { nameof(OutboxOptions.RetryJitter), o => o.RetryJitter = 1.1 },
        { nameof(OutboxOptions.RetryJitter), o => o.RetryJitter = double.NaN },
        { nameof(OutboxOptions.ExpireAfter), o => o.ExpireAfter = TimeSpan.Zero },
        { nameof(OutboxOptions.ExpireAfter), o => o.ExpireAfter = TimeSpan.MaxValue },
        { nameof(OutboxOptions.RetentionPeriod), o => o.RetentionPeriod = TimeSpan.FromDays(-1) },
        { nameof(OutboxOptions.RetentionPeriod), o => o.RetentionPeriod = TimeSpan.MaxValue },
        { nameof(OutboxOptions.OnUnknownDelay), o => o.OnUnknownDelay = TimeSpan.FromSeconds(-1) },
        { nameof(OutboxOptions.DegradedAfter), o => o.DegradedAfter = TimeSpan.Zero },
        { nameof(OutboxOptions.UnhealthyAfter), o => o.UnhealthyAfter = TimeSpan.FromMinutes(9) },
        { nameof(OutboxOptions.DegradedParkedCount), o => o.DegradedParkedCount = 0 },
        { nameof(OutboxOptions.DegradedDeadLetterCount), o => o.DegradedDeadLetterCount = 0 },
        { nameof(OutboxOptions.SuppressAfter), o => o.SuppressAfter = [SuppressionReason.Manual] },
        { nameof(OutboxOptions.TablePrefix), o => o.TablePrefix = "" },
        { nameof(OutboxOptions.TablePrefix), o => o.TablePrefix = "x; drop table y" },
        { nameof(OutboxOptions.Schema), o => o.Schema = "mail" },
    };

    [Theory]
    [MemberData(nameof(InvalidOptions))]
    public void AddSmtpOutbox_names_an_invalid_option(string name, Action<OutboxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);

        var exception = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSmtpOutbox(o =>
        {
            o.UseSqlite("Data Source=unused.db");
            configure(o);
        }));

        Assert.Equal(name, exception.ParamName);
        Assert.Contains("allowed: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AddSmtpOutbox_rejects_an_outbox_without_a_database_and_a_second_outbox()
    {
        var exception = Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSmtpOutbox(_ => { }));

        Assert.Contains("UseSqlite", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(
            () => new ServiceCollection().AddSmtpOutbox("Data Source=unused.db").AddSmtpOutbox("Data Source=unused.db"));
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory;Cache=Shared")]
    [InlineData("Mode=ReadWrite")]
    public void UseSqlite_rejects_a_database_in_memory(string connectionString) =>
        Assert.Throws<ArgumentException>(() => new OutboxOptions().UseSqlite(connectionString));

    [Theory]
    [InlineData(0, 1, "emails")]
    [InlineData(1, 0, "per")]
    [InlineData(1, 365, "per")]
    [InlineData(364, 365, "per")]
    [InlineData(365, 365, null)]
    [InlineData(int.MaxValue, 1, null)]
    public void LimitRate_rejects_less_than_one_email_a_day(int emails, int days, string? invalid)
    {
        var exception = Record.Exception(() => new OutboxOptions().LimitRate(emails, TimeSpan.FromDays(days)));

        Assert.Equal(invalid, (exception as ArgumentOutOfRangeException)?.ParamName);
        Assert.Equal(invalid is null, exception is null);
    }

    [Fact]
    public void Priorities_are_in_order() =>
        Assert.Equal([OutboxPriority.Low, OutboxPriority.Normal, OutboxPriority.High], Enum.GetValues<OutboxPriority>().Order());
}
