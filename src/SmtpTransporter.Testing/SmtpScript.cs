namespace SmtpTransport.Testing;

/// <summary>
/// The rules by which a <see cref="SmtpTestServer"/> departs from its normal behaviour. At each <see cref="SmtpStep"/> the first rule
/// that matches wins; where none does, the server answers as it should. Thread-safe; rules may be added while the server works.
/// </summary>
/// <example><code>server.Script.On(SmtpStep.RcptTo, "bob@example.com").Reply(550, "5.1.1 No such user");</code></example>
public sealed class SmtpScript
{
    private readonly object _lock = new();
    private volatile SmtpRule[] _rules = [];

    internal SmtpScript()
    {
    }

    /// <summary>
    /// Adds a rule behind those that are there. Until it is given an action it only watches: it counts its hits and changes nothing.
    /// </summary>
    /// <param name="step">Where.</param>
    /// <param name="containing">Only where the command line contains this text, in any case; null: always.</param>
    /// <returns>The rule, to be given an action.</returns>
    public SmtpRule On(SmtpStep step, string? containing = null)
    {
        var rule = new SmtpRule(step, containing);
        lock (_lock)
            _rules = [.. _rules, rule];
        return rule;
    }

    /// <summary>Takes all rules away. What is being played goes on.</summary>
    public void Clear()
    {
        lock (_lock)
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
