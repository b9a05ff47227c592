using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

/// <summary>What a quota counts, and what is not one.</summary>
public sealed class SendQuotaTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(2, 10_312)]
    [InlineData(10, 12_005)]
    [InlineData(100, 22_059)]
    [InlineData(1000, 72_446)]
    [InlineData(10_000, 324_978)]
    public void A_tenant_of_Microsoft_365_has_external_recipients_by_its_licenses(int licenses, int maximum)
    {
        var quota = Assert.Single(SendQuota.ForMicrosoft365Tenant("contoso", licenses, ["contoso.com"]));

        // Microsoft rounds to the nearest.
        Assert.InRange(quota.Maximum, maximum - 1, maximum);
        Assert.Equal((SendQuotaUnit.ExternalRecipients, Day), (quota.Unit, quota.Window));
    }

    [Fact]
    public void The_presets_are_what_the_providers_say()
    {
        Assert.Equal(
            [
                "\"a (minute)\" (30 messages in 1 minute)", "\"a (day)\" (10,000 recipients in 1 day)",
                "\"b (messages)\" (2,000 messages in 1 day)", "\"b (recipients)\" (10,000 recipients in 1 day)",
                "\"b (external)\" (3,000 external recipients in 1 day)", "\"c\" (500 messages in 1 day)", "\"d\" (200 recipients in 1 day)",
            ],
            new[]
            {
                SendQuota.ForMicrosoft365Account("a"), SendQuota.ForGoogleWorkspace("b", ["b.example"]), SendQuota.ForGmail("c", 500),
                SendQuota.ForAmazonSes("d", 200),
            }.SelectMany(q => q).Select(q => q.ToString()));
    }

    [Fact]
    public void Recipients_of_other_domains_are_external_in_any_case_and_any_script()
    {
        var quota = new SendQuota("q", SendQuotaUnit.ExternalRecipients, 10, Day) { OwnDomains = ["Example.COM", "bücher.example"] };

        Assert.Equal(2, quota.Count(
            ["a@example.com", "b@EXAMPLE.com", "c@xn--bcher-kva.example", "d@BÜCHER.example", "e@sub.example.com", "f@example.org"]));
        Assert.Equal(1, new SendQuota("q", SendQuotaUnit.Messages, 10, Day).Count(["a@example.com", "b@example.com"]));
        Assert.Equal(2, new SendQuota("q", SendQuotaUnit.Recipients, 10, Day).Count(["a@example.com", "b@example.com"]));
    }

    [Theory]
    [InlineData(30, 0.1, 27)]
    [InlineData(10_000, 0.1, 9000)]
    [InlineData(7, 0.5, 3)]
    [InlineData(7, 0, 7)]
    public void The_reserve_is_for_emails_of_high_priority(int maximum, double reserve, int others)
    {
        var quota = new SendQuota("q", SendQuotaUnit.Messages, maximum, Day) { HighPriorityReserve = reserve };

        Assert.Equal(maximum, quota.GetLimit(OutboxPriority.High));
        Assert.Equal(others, quota.GetLimit(OutboxPriority.Normal));
        Assert.Equal(others, quota.GetLimit(OutboxPriority.Low));
    }

    [Fact]
    public void A_quota_that_is_none_is_refused_with_its_value()
    {
        foreach (var (create, expected) in new (Func<object> Create, string Expected)[]
        {
            (() => new SendQuota(" ", SendQuotaUnit.Messages, 1, Day), "name"),
            (() => new SendQuota(new string('x', 201), SendQuotaUnit.Messages, 1, Day), "1 to 200 characters"),
            (() => new SendQuota("q", (SendQuotaUnit)7, 1, Day), "The unit of the quota \"q\" is 7"),
            (() => new SendQuota("q", SendQuotaUnit.Messages, 0, Day), "The maximum of the quota \"q\" is 0"),
            (() => new SendQuota("q", SendQuotaUnit.Messages, 1, TimeSpan.FromDays(32)), "The window of the quota \"q\" is 32.00:00:00"),
            (() => new SendQuota("q", SendQuotaUnit.Messages, 10, Day) { HighPriorityReserve = 0.95 },
                "The reserve of the quota \"q\" is 0.95"),
            (() => new SendQuota("q", SendQuotaUnit.Messages, 1, Day) { HighPriorityReserve = 0.1 }, "at least 1 is left"),
            (() => SendQuota.ForMicrosoft365Tenant("q", 0, []), "licenses"),
        })
        {
            var exception = Assert.ThrowsAny<ArgumentException>(create);
            Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Two_quotas_of_one_name_count_the_same()
    {
        var options = new OutboxOptions();
        options.LimitQuotas(SendQuota.ForMicrosoft365Tenant("contoso", 50, ["contoso.com", "contoso.de"]))
            .LimitQuotas(SendQuota.ForMicrosoft365Tenant("contoso", 50, ["contoso.de", "CONTOSO.com"]), "newsletter");

        var exception = Assert.Throws<ArgumentException>(
            () => options.LimitQuotas(SendQuota.ForMicrosoft365Tenant("contoso", 60, ["contoso.com", "contoso.de"]), "other"));

        Assert.StartsWith("There are two quotas \"contoso\": ", exception.Message, StringComparison.Ordinal);
    }
}
