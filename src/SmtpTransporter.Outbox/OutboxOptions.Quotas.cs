namespace SmtpTransport.Outbox;

public sealed partial class OutboxOptions
{
    /// <summary>
    /// Limits how much all machines together send in any window of time, such as 10,000 recipients in a day. May be called several times.
    /// </summary>
    /// <remarks>
    /// The email that goes first waits until there is room for it, and those behind it in the same transporter, or in the lane, wait too.
    /// Each attempt counts, and what ended before <c>MAIL</c> is given back. An email that the quota never allows is refused when it is
    /// enqueued, or becomes a dead letter.
    /// </remarks>
    /// <param name="quota">The quota.</param>
    /// <param name="transporterName">The key of the limited transporter. Default: the transporter without a key.</param>
    /// <param name="lane">The lane that is limited. Default: all lanes of the transporter together.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="quota"/> is null.</exception>
    /// <exception cref="ArgumentException">There is a quota of the same name that counts something else.</exception>
    public OutboxOptions LimitQuota(SendQuota quota, string? transporterName = null, string? lane = null)
    {
        ArgumentNullException.ThrowIfNull(quota);
        if (Limits.AllQuotas.FirstOrDefault(q => q.Name == quota.Name && !q.HasSameTerms(quota)) is { } other)
        {
            throw new ArgumentException(
                $"There are two quotas \"{quota.Name}\": {other} and {quota}; allowed: the same unit, maximum, window, reserve and own "
                + "domains, or another name.",
                nameof(quota));
        }
        Limits.AddQuota(transporterName ?? "", lane, quota);
        return this;
    }

    /// <summary>Limits how much is sent by several quotas at once, such as those of a preset.</summary>
    /// <param name="quotas">The quotas.</param>
    /// <param name="transporterName">The key of the limited transporter. Default: the transporter without a key.</param>
    /// <param name="lane">The lane that is limited. Default: all lanes of the transporter together.</param>
    /// <returns>These options, for further calls.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="quotas"/> or one of them is null.</exception>
    /// <exception cref="ArgumentException">There is a quota of the same name that counts something else.</exception>
    public OutboxOptions LimitQuotas(IEnumerable<SendQuota> quotas, string? transporterName = null, string? lane = null)
    {
        ArgumentNullException.ThrowIfNull(quotas);
        foreach (var quota in quotas)
            LimitQuota(quota, transporterName, lane);
        return this;
    }
}
