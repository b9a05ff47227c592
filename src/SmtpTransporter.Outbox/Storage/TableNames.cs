namespace SmtpTransport.Outbox;

/// <summary>The names of the tables of one outbox. Two outboxes with different names in one database never meet.</summary>
/// <param name="Schema">The schema of PostgreSQL; null for the first one of the search path.</param>
/// <param name="Prefix">What all names begin with; letters, digits and underscores.</param>
internal sealed record TableNames(string? Schema, string Prefix)
{
    public const string DefaultPrefix = "smtp_outbox";

    /// <summary>The emails, without their messages: the only table that decides in which state an email is.</summary>
    public string Email => Qualify("email");

    /// <summary>The messages, which never change: a change of an email does not write its message again.</summary>
    public string Message => Qualify("message");

    /// <summary>The histories.</summary>
    public string Attempt => Qualify("attempt");

    /// <summary>The parts of messages that are stored separately and deduplicated.</summary>
    public string Part => Qualify("part");

    /// <summary>Which email uses which part.</summary>
    public string PartUse => Qualify("part_use");

    /// <summary>What emails are found by: a hash of each recipient and of the Message-ID.</summary>
    public string Term => Qualify("term");

    /// <summary>The keys of the hashes of encrypted emails, themselves encrypted.</summary>
    public string Secret => Qualify("secret");

    /// <summary>The rates that all machines share.</summary>
    public string Rate => Qualify("rate");

    /// <summary>What was used of the quotas that all machines share.</summary>
    public string Quota => Qualify("quota");

    /// <summary>The workers that live.</summary>
    public string Worker => Qualify("worker");

    /// <summary>What is paused, and was.</summary>
    public string Pause => Qualify("pause");

    /// <summary>The addresses that get no emails.</summary>
    public string Suppression => Qualify("suppression");

    /// <summary>What holds for all workers, such as the place of the database.</summary>
    public string Setting => Qualify("setting");

    /// <summary>The version of the layout; created last.</summary>
    public string Version => Qualify("version");

    /// <summary>The numbers of the emails (PostgreSQL).</summary>
    public string NumberSequence => Qualify("number");

    /// <summary>The name of a table, an index or a sequence with its schema.</summary>
    public string Qualify(string name) => InSchema(Name(name));

    /// <summary>A name that has the prefix already, with its schema.</summary>
    public string InSchema(string name) => Schema is null ? name : $"\"{Schema}\".{name}";

    /// <summary>The name without the schema: an index is always in the schema of its table.</summary>
    public string Name(string name) => $"{Prefix}_{name}";
}
