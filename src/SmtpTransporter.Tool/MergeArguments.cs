namespace SmtpTransport.Tool;

/// <summary>The arguments of a mail merge. Immutable.</summary>
internal sealed record MergeArguments
{
    /// <summary>The path of the CSV file; <c>-</c> for the standard input.</summary>
    public required string Csv { get; init; }

    /// <summary>The encoding of the CSV file; null for UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The column with the address.</summary>
    public required string ToColumn { get; init; }

    /// <summary>Whether the lines that cannot be used are left out. Otherwise nothing is sent because of them.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>The path of the ledger; null for that beside the CSV file.</summary>
    public string? Ledger { get; init; }

    /// <summary>Whether the ledger may be that of another template or server.</summary>
    public bool MayContinue { get; init; }

    /// <summary>Whether addresses in doubt get the email again.</summary>
    public bool ResendUnknown { get; init; }

    /// <summary>The addresses in doubt that get the email again.</summary>
    public IReadOnlyCollection<string> Resend { get; init; } = [];

    /// <summary>Whether to write JSON.</summary>
    public bool Json { get; init; }

    /// <summary>The path of the ledger; null if there is none, as for what a pipe supplies.</summary>
    public string? LedgerPath =>
        Ledger ?? (Csv == TextFiles.StandardInput || Csv.StartsWith("/dev/", StringComparison.Ordinal) ? null : $"{Csv}.ledger");
}
