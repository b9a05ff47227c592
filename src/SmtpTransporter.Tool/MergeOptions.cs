using System.CommandLine;

namespace SmtpTransport.Tool;

/// <summary>The options of a mail merge.</summary>
internal sealed class MergeOptions
{
    private readonly Option<string?> _csv = new("--csv")
    {
        Description = "A CSV file with a header line, or - for the standard input; the email is a Liquid template, and is sent to the "
            + "address in each line.",
    };

    private readonly Option<string?> _encoding = new("--csv-encoding", "--encoding")
    {
        Description = "The encoding of the CSV file, if it is not UTF-8.",
    };

    private readonly Option<string> _toColumn = new("--to-column")
    {
        Description = "The column with the address.",
        DefaultValueFactory = _ => "email",
    };

    private readonly Option<bool> _skipInvalid = new("--skip-invalid")
    {
        Description = "Leave out the lines that cannot be used; otherwise they are named, and nothing is sent.",
    };

    private readonly Option<string?> _ledger = new("--ledger")
    {
        Description = "The file with what was sent; default: that of --csv with .ledger behind it.",
    };

    private readonly Option<bool> _continue = new("--continue")
    {
        Description = "Go on with a ledger although the template or the server has changed.",
    };

    private readonly Option<bool> _resendUnknown = new("--resend-unknown")
    {
        Description = "Send again to all addresses in doubt, which may have got the email.",
    };

    private readonly Option<string[]> _resend = new("--resend")
    {
        Description = "An address in doubt to send to again; can be repeated.",
    };

    /// <summary>The options, in the order of the help.</summary>
    public IReadOnlyList<Option> All => [_csv, _encoding, _toColumn, _skipInvalid, _ledger, _continue, _resendUnknown, _resend];

    /// <returns>Null without <c>--csv</c>.</returns>
    /// <exception cref="UsageException">Another option is given without it.</exception>
    public MergeArguments? Read(ParseResult parsed, bool json)
    {
        if (parsed.GetValue(_csv) is { } csv)
        {
            return new MergeArguments
            {
                Csv = csv,
                Encoding = parsed.GetValue(_encoding),
                ToColumn = parsed.GetValue(_toColumn)!,
                SkipInvalid = parsed.GetValue(_skipInvalid),
                Ledger = parsed.GetValue(_ledger),
                MayContinue = parsed.GetValue(_continue),
                ResendUnknown = parsed.GetValue(_resendUnknown),
                Resend = parsed.GetValue(_resend) ?? [],
                Json = json,
            };
        }
        return All.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } alone
            ? throw new UsageException($"{alone.Name} is for a mail merge: give --csv too.")
            : null;
    }
}
