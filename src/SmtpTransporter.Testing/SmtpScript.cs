namespace SmtpTransport.Testing;

/// <summary>The rules that make a <see cref="SmtpTestServer"/> depart from its normal behavior.</summary>
/// <remarks>
/// <para>At each <see cref="SmtpStep"/> the first rule that matches is played; if none matches, the server replies normally. Rules may be
/// added while the server runs.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
/// <example><code>server.Script.On(SmtpStep.RcptTo, "bob@example.com").Reply(550, "5.1.1 No such user");</code></example>
public sealed class SmtpScript
{
    private readonly object _gate = new();
    private volatile SmtpRule[] _rules = [];

    internal SmtpScript()
    {
    }

    /// <summary>Adds a rule after the existing ones.</summary>
    /// <remarks>Until the rule has an action it only watches: it counts its hits and changes nothing.</remarks>
    /// <param name="step">The step to which the rule applies.</param>
    /// <param name="containing">Text that the command line must contain, in any case; null (default) for every command line.</param>
    /// <returns>The rule, for its action.</returns>
    public SmtpRule On(SmtpStep step, string? containing = null)
    {
        var rule = new SmtpRule(step, containing);
        lock (_gate)
            _rules = [.. _rules, rule];
        return rule;
    }

    /// <summary>Removes all rules. An action that is being played continues.</summary>
    public void Clear()
    {
        lock (_gate)
            _rules = [];
    }

    internal SmtpRule? Take(SmtpStep step, string line, Transaction? transaction = null)
    {
        foreach (var rule in _rules)
        {
            if (rule.Step == step && rule.Matches(line, transaction) && rule.TryTake())
                return rule;
        }
        return null;
    }
}
