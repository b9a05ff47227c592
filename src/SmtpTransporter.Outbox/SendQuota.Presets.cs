namespace SmtpTransport.Outbox;

public sealed partial record SendQuota
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>
    /// A mailbox of Microsoft 365: 30 messages in a minute, and 10,000 recipients in a day (Microsoft, "Exchange Online limits", sending
    /// limits, as of November 2026).
    /// </summary>
    /// <param name="account">The name of the count, such as the address of the mailbox.</param>
    /// <param name="highPriorityReserve">See <see cref="HighPriorityReserve"/>. Default: 0.</param>
    /// <returns>Two quotas, for <see cref="OutboxOptions.LimitQuotas"/>.</returns>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    public static IReadOnlyList<SendQuota> ForMicrosoft365Account(string account, double highPriorityReserve = 0) =>
    [
        new($"{account} (minute)", SendQuotaUnit.Messages, 30, TimeSpan.FromMinutes(1)) { HighPriorityReserve = highPriorityReserve },
        new($"{account} (day)", SendQuotaUnit.Recipients, 10_000, Day) { HighPriorityReserve = highPriorityReserve },
    ];

    /// <summary>
    /// A tenant of Microsoft 365: 500 × licenses^0.7 + 9,500 recipients outside its domains in a day (Microsoft Exchange Team, "Introducing
    /// Exchange Online Tenant Outbound Email Limits", February 2025). A trial tenant has 5,000: create the quota yourself.
    /// </summary>
    /// <param name="tenant">The name of the count; all accounts of the tenant share it.</param>
    /// <param name="licenses">The number of purchased licenses for email; 1 to 1,000,000.</param>
    /// <param name="ownDomains">The accepted domains of the tenant; see <see cref="OwnDomains"/>.</param>
    /// <param name="highPriorityReserve">See <see cref="HighPriorityReserve"/>. Default: 0.</param>
    /// <returns>One quota.</returns>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    public static IReadOnlyList<SendQuota> ForMicrosoft365Tenant(
        string tenant, int licenses, IEnumerable<string> ownDomains, double highPriorityReserve = 0)
    {
        ArgumentNullException.ThrowIfNull(ownDomains);
        ArgumentOutOfRangeException.ThrowIfLessThan(licenses, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(licenses, 1_000_000);
        var maximum = (int)Math.Floor((500 * Math.Pow(licenses, 0.7)) + 9500);
        return
        [
            new(tenant, SendQuotaUnit.ExternalRecipients, maximum, Day)
            {
                OwnDomains = [.. ownDomains],
                HighPriorityReserve = highPriorityReserve,
            },
        ];
    }

    /// <summary>
    /// An account of Google Workspace that has paid long enough: 2,000 messages, 10,000 recipients, and 3,000 recipients outside the own
    /// domains, each in a day (Google Workspace Admin Help, "Gmail sending limits in Google Workspace", as of November 2026). The limits
    /// of different recipients are not counted.
    /// </summary>
    /// <param name="account">The name of the count, such as the address of the account.</param>
    /// <param name="ownDomains">The primary domain of the organization; see <see cref="OwnDomains"/>.</param>
    /// <param name="highPriorityReserve">See <see cref="HighPriorityReserve"/>. Default: 0.</param>
    /// <returns>Three quotas.</returns>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    public static IReadOnlyList<SendQuota> ForGoogleWorkspace(
        string account, IEnumerable<string> ownDomains, double highPriorityReserve = 0)
    {
        ArgumentNullException.ThrowIfNull(ownDomains);
        return
        [
            new($"{account} (messages)", SendQuotaUnit.Messages, 2000, Day) { HighPriorityReserve = highPriorityReserve },
            new($"{account} (recipients)", SendQuotaUnit.Recipients, 10_000, Day) { HighPriorityReserve = highPriorityReserve },
            new($"{account} (external)", SendQuotaUnit.ExternalRecipients, 3000, Day)
            {
                OwnDomains = [.. ownDomains],
                HighPriorityReserve = highPriorityReserve,
            },
        ];
    }

    /// <summary>
    /// An account of Gmail without Workspace, or a trial account: messages in a day. Google names the number in its help; give it.
    /// </summary>
    /// <param name="account">The name of the count, such as the address of the account.</param>
    /// <param name="messagesPerDay">The number of messages; at least 1.</param>
    /// <param name="highPriorityReserve">See <see cref="HighPriorityReserve"/>. Default: 0.</param>
    /// <returns>One quota.</returns>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    public static IReadOnlyList<SendQuota> ForGmail(string account, int messagesPerDay, double highPriorityReserve = 0) =>
        [new(account, SendQuotaUnit.Messages, messagesPerDay, Day) { HighPriorityReserve = highPriorityReserve }];

    /// <summary>
    /// An account of Amazon SES in one region: recipients in 24 hours (Amazon, "Service quotas in Amazon SES", as of November 2026). The
    /// console shows the number; its rate a second is for <see cref="OutboxOptions.LimitRate"/>.
    /// </summary>
    /// <param name="account">The name of the count, such as the account and the region.</param>
    /// <param name="recipientsPerDay">The number of recipients; at least 1. It is 200 in the sandbox.</param>
    /// <param name="highPriorityReserve">See <see cref="HighPriorityReserve"/>. Default: 0.</param>
    /// <returns>One quota.</returns>
    /// <exception cref="ArgumentException">An argument is not valid.</exception>
    public static IReadOnlyList<SendQuota> ForAmazonSes(string account, int recipientsPerDay, double highPriorityReserve = 0) =>
        [new(account, SendQuotaUnit.Recipients, recipientsPerDay, Day) { HighPriorityReserve = highPriorityReserve }];
}
