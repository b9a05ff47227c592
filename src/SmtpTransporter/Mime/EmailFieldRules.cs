namespace SmtpTransport;

/// <summary>
/// Sets the fields that the options give to every email: <see cref="ServerOptions.Defaults"/>, then <see cref="ServerOptions.Enforced"/>.
/// Safe for concurrent callers.
/// </summary>
internal sealed class EmailFieldRules
{
    private readonly Fields? _defaults;
    private readonly Fields? _enforced;

    private EmailFieldRules(EmailFields? defaults, EmailFields? enforced)
    {
        _defaults = defaults is null ? null : new Fields(defaults);
        _enforced = enforced is null ? null : new Fields(enforced);
    }

    /// <summary>Null if the options set no field.</summary>
    public static EmailFieldRules? Of(ServerOptions options) =>
        options is { Defaults: null, Enforced: null } ? null : new EmailFieldRules(options.Defaults, options.Enforced);

    /// <summary>Sets the fields on a copy of the caller's email.</summary>
    public void Apply(Email copy)
    {
        if (_defaults is not null)
            Complete(copy, _defaults);
        if (_enforced is not null)
            Enforce(copy, _enforced);
    }

    private static void Complete(Email copy, Fields defaults)
    {
        if (defaults.From is not null && IsMissing(copy.From))
            copy.From = defaults.From.Copy();
        if (defaults.ReplyTo is not null && IsMissing(copy.ReplyTo))
            copy.ReplyTo = defaults.ReplyTo.Copy();
        if (defaults.Bcc is not null && IsMissing(copy.Bcc))
            copy.Bcc = defaults.Bcc.Copy();
        // All that are missing, before the first is added: there may be several of a name.
        foreach (var header in defaults.Headers.Where(d => !copy.Headers.Any(h => IsSame(h, d))).ToList())
            copy.Headers.Add(header);
    }

    private static void Enforce(Email copy, Fields enforced)
    {
        if (enforced.From is not null)
            copy.From = enforced.From.Copy();
        if (enforced.ReplyTo is not null)
            copy.ReplyTo = enforced.ReplyTo.Copy();
        foreach (var address in enforced.Bcc ?? [])
            copy.Bcc.Add(address);
        for (var i = copy.Headers.Count - 1; i >= 0; i--)
        {
            if (enforced.Headers.Any(e => IsSame(e, copy.Headers[i])))
                copy.Headers.RemoveAt(i);
        }
        foreach (var header in enforced.Headers)
            copy.Headers.Add(header);
    }

    // What the caller wrote is reported if it is not an address, and not replaced.
    private static bool IsMissing(EmailAddresses addresses) => addresses is { Count: 0, Problem: null };

    private static bool IsSame(EmailHeader left, EmailHeader right) =>
        string.Equals(left.Name, right.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The fields of an option, parsed once.</summary>
    private sealed class Fields(EmailFields given)
    {
        public EmailAddresses? From { get; } = given.From is null ? null : (EmailAddresses)given.From;

        public EmailAddresses? ReplyTo { get; } = given.ReplyTo is null ? null : (EmailAddresses)given.ReplyTo;

        public EmailAddresses? Bcc { get; } = given.Bcc is null ? null : (EmailAddresses)given.Bcc;

        public IReadOnlyList<EmailHeader> Headers { get; } = given.Headers;
    }
}
