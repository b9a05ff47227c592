using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace SmtpTransport.Tool;

/// <summary>
/// Sends an email to the address in each line of a CSV file. It checks all lines first, and keeps a ledger, so that another run sends only
/// what is left. Runs once.
/// </summary>
internal sealed class MergeCommand(MergeArguments arguments, ToolContext context, CancellationToken cancellationToken)
{
    private readonly Tally _tally = new();
    private readonly Dictionary<long, MergeLine> _underWay = [];
    private readonly HashSet<string> _resend = [.. arguments.Resend.Select(KeyOf)];
    private long _invalid;
    private long _sentBefore;
    private long _inDoubt;
    private long _doubtful;
    private long _left;

    public async Task<int> RunAsync(Email template, ServerOptions options)
    {
        using var table = CsvTable.Open(arguments.Csv, arguments.Encoding, context.OpenInput);
        var merge = new Merge(template, table, arguments.ToColumn);
        var total = CheckLines(merge, table.Name);
        if (_invalid > 0 && !arguments.SkipInvalid)
        {
            throw new UsageException(
                Text($"Of {Counted.Of(total, "line")}, {_invalid:N0} cannot be used. Nothing was sent. ")
                + "Correct them, or give --skip-invalid to send the others.");
        }
        using var ledger = arguments.LedgerPath is { } path
            ? Ledger.Open(path, LedgerOrigin.Of(template, options), arguments.MayContinue, TimeProvider.System)
            : null;
        await CheckLedgerAsync(merge, ledger);
        if (ledger is not null)
            options = options with { Handlers = [new LedgerHandler(ledger, options), .. options.Handlers] };
        if (_left > 0 && await SendAsync(merge, ledger, options) is { } unusable)
            return unusable;
        return Summarize(ledger);
    }

    /// <summary>Names each line that cannot be used, and returns how many lines there are.</summary>
    private long CheckLines(Merge merge, string name)
    {
        var total = 0L;
        foreach (var line in merge.ReadLines())
        {
            total++;
            if (line.Problem is null)
                continue;
            _invalid++;
            context.Errors.WriteLine($"{name}: {line.Name} {line.Problem}");
        }
        return total > 0 ? total : throw new UsageException($"{name}: there is no line below the header line.");
    }

    /// <summary>Counts what is left, and names the addresses in doubt.</summary>
    private async Task CheckLedgerAsync(Merge merge, Ledger? ledger)
    {
        var unknown = new HashSet<string>(_resend);
        foreach (var line in merge.ReadLines().Where(l => l.Recipient is not null))
        {
            unknown.Remove(KeyOf(line.Address));
            var entry = ledger?.Find(line.Address);
            if (IsLeft(line, ledger))
            {
                _left++;
            }
            else if (entry!.IsSent)
            {
                _sentBefore++;
            }
            else
            {
                _inDoubt++;
                await context.Errors.WriteLineAsync(
                    $"{Sentence.Begin(line.Name)} is in doubt: an earlier run may have sent it (Message-ID <{entry.MessageId}>).");
            }
        }
        if (unknown.Count > 0)
        {
            var first = arguments.Resend.First(address => unknown.Contains(KeyOf(address)));
            throw new UsageException($"--resend {first}: no line that can be used has this address. Nothing was sent.");
        }
    }

    private bool IsLeft(MergeLine line, Ledger? ledger) =>
        ledger?.Find(line.Address) is not { } entry
        || (entry.IsInDoubt ? arguments.ResendUnknown || _resend.Contains(KeyOf(line.Address)) : !entry.IsSent);

    /// <returns>The exit code if the server cannot be used; otherwise null.</returns>
    private async Task<int?> SendAsync(Merge merge, Ledger? ledger, ServerOptions options)
    {
        await using var transporter = new SmtpTransporter(options);
        // Otherwise each email would wait for the server.
        var status = await transporter.CheckConnectionAsync(cancellationToken);
        if (!status.Success)
        {
            await context.Errors.WriteLineAsync(
                $"The server {options.Host}:{options.Port} cannot be used: {status.Reason} Nothing was sent. To see more, give the same "
                + $"server to {CommandLineTool.Name} check.");
            return status.IsTransient ? ExitCodes.TryAgain : ExitCodes.Failed;
        }
        if (arguments.Json)
            await SendAllAsync((_, _) => { });
        else
            await Waiting.ShowAsync(context.Screen, _left, SendAllAsync);
        return null;

        async Task SendAllAsync(Action<long, string> report)
        {
            // Not canceled: what has begun gets its result, and no other email begins.
            await foreach (var (index, result) in transporter.SendManyAsync(merge.CreateEmails(Lines(merge, ledger)), null, default))
            {
                _underWay.Remove(index, out var line);
                _tally.Add(result);
                if (result.Outcome == Outcome.Unknown)
                    _doubtful++;
                report(_tally.Accepted + _tally.Failed, _tally.ToString());
                Show(line!, index, result);
            }
        }
    }

    private IEnumerable<MergeLine> Lines(Merge merge, Ledger? ledger)
    {
        var index = 0L;
        foreach (var line in merge.ReadLines().Where(l => l.Recipient is not null && IsLeft(l, ledger)))
        {
            if (cancellationToken.IsCancellationRequested)
                yield break;
            _underWay[index++] = line;
            yield return line;
        }
    }

    private void Show(MergeLine line, long index, SendResult result)
    {
        if (arguments.Json)
            context.Output.WriteLine(JsonSerializer.Serialize(Json.Result(index, result, line), Json.Line));
        else if (!result.Success)
        {
            var id = result.Outcome == Outcome.Unknown ? $" (Message-ID <{result.MessageId}>)" : "";
            context.Screen.MarkupLineInterpolated($"[red]{Sentence.Begin(line.Name)}[/]: {SendCommand.Describe(result)}{id}");
        }
        foreach (var warning in arguments.Json ? [] : result.Warnings)
            context.Screen.MarkupLineInterpolated($"[yellow]{Sentence.Begin(line.Name)}[/]: {warning.Message}");
    }

    private int Summarize(Ledger? ledger)
    {
        if (!arguments.Json)
        {
            var parts = new List<string> { _tally.ToString() };
            if (_sentBefore > 0)
                parts.Add(Text($"{_sentBefore:N0} sent before"));
            if (_inDoubt > 0)
                parts.Add(Text($"{_inDoubt:N0} in doubt"));
            if (_invalid > 0)
                parts.Add(Text($"{_invalid:N0} left out because they cannot be used"));
            var rest = _left - _tally.Accepted - _tally.Failed;
            if (rest > 0)
                parts.Add(Text($"{rest:N0} not begun"));
            context.Screen.MarkupLineInterpolated($"{string.Join(", ", parts)}.");
            if (ledger is not null && (rest > 0 || _tally.Failed > _doubtful))
                context.Screen.MarkupLineInterpolated($"The same command sends what is left: {ledger.Path} knows what was sent.");
            else if (ledger is not null && _left == 0 && _inDoubt == 0)
                context.Screen.MarkupLineInterpolated($"To send it to all again, name another file with --ledger; it was {ledger.Path}.");
        }
        if (_inDoubt + _doubtful > 0)
        {
            context.Errors.WriteLine(
                "Look for the Message-IDs in the log of the server. Who has not got the email gets it with --resend ADDRESS, or all of "
                + "them with --resend-unknown.");
        }
        return _inDoubt > 0 || _invalid > 0 ? ExitCodes.Failed
            : _left > _tally.Accepted + _tally.Failed && _tally.ExitCode == ExitCodes.Success ? ExitCodes.TryAgain
            : _tally.ExitCode;
    }

    // What is no address is found nowhere.
    private static string KeyOf(string address) => AddressSpec.Check(address) is null ? Ledger.KeyOf(address) : address;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
