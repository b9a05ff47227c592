using System.Diagnostics;

namespace SmtpTransport.Fuzz;

/// <summary>The loop: mutates an input, runs it, and keeps it if it did something new. Used by one thread.</summary>
public sealed class Fuzzer
{
    private const int MaxKept = 5000;

    // More would be new by chance only, because some quote the input.
    private const int MaxOutcomes = 1000;

    // Longer inputs run once: kept ones would make all later cases slow.
    private const int MaxKeptLength = 4096;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(1);

    private readonly Target _target;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly Coverage _coverage = new();
    private readonly HashSet<string> _outcomes = [];
    private readonly List<byte[]> _kept;

    public Fuzzer(Target target, int seed)
    {
        _target = target;
        _random = new Random(seed);
        _mutator = new Mutator(_random, target.Words);
        _kept = [.. Corpus.Names(target).Select(name => Corpus.Read(target, name))];
        foreach (var input in _kept)
            Run(input);
    }

    public int Cases { get; private set; }

    public int Kept => _kept.Count;

    public int Outcomes => _outcomes.Count;

    /// <summary>The number of pairs of branches that were taken; 0 without instrumentation.</summary>
    public int Branches => _coverage.Pairs;

    public TimeSpan Slowest { get; private set; }

    /// <summary>The timestamp at which the current case began; 0 between cases.</summary>
    public long Began { get; private set; }

    public byte[] Current { get; private set; } = [];

    /// <summary>The failure that was found, or null. After a failure no case runs.</summary>
    public Finding? Found { get; private set; }

    /// <summary>Runs a number of new cases, or fewer if one fails.</summary>
    public Finding? Run(int cases)
    {
        for (var i = 0; i < cases && Found is null; i++)
        {
            var input = _mutator.Mutate(Pick(), Pick());
            if (Run(input) && input.Length <= MaxKeptLength && _kept.Count < MaxKept)
                _kept.Add(input);
        }
        return Found;
    }

    // In half of the cases one of the newest, which have been mutated least.
    private byte[] Pick() => _kept[_random.Next(2) == 0 ? _random.Next(_kept.Count) : Math.Max(0, _kept.Count - 1 - _random.Next(100))];

    /// <summary>Runs one case.</summary>
    /// <returns>True if it did something new.</returns>
    private bool Run(byte[] input)
    {
        Cases++;
        Coverage.Reset();
        (Current, Began) = (input, Stopwatch.GetTimestamp());
        try
        {
            var outcome = _target.Run(input);
            var isNew = _outcomes.Count < MaxOutcomes && _outcomes.Add(outcome);
            isNew |= _coverage.IsNew();
            TakeTime(input);
            return isNew;
        }
        catch (Exception exception)
        {
            Began = 0;
            var kind = Kind(exception);
            Found = new Finding(Shrinker.Shrink(input, shorter => KindOf(shorter) == kind), exception.ToString());
            return false;
        }
        finally
        {
            Began = 0;
        }
    }

    // What counts is the fastest of several runs, and in it the time of the processor: the machine may be busy.
    private void TakeTime(byte[] input)
    {
        var time = Stopwatch.GetElapsedTime(Began);
        for (var again = 0; again < 4 && time > Hang / 4 && time > Slowest; again++)
        {
            var start = Environment.CpuUsage.TotalTime;
            _ = KindOf(input);
            var next = Environment.CpuUsage.TotalTime - start;
            time = next < time ? next : time;
        }
        if (time > Slowest)
            Slowest = time;
        if (time > Hang)
            Found = new Finding(input, $"The case took {time.TotalSeconds:N1} s.");
    }

    private string? KindOf(byte[] input)
    {
        try
        {
            _target.Run(input);
            return null;
        }
        catch (Exception exception)
        {
            return Kind(exception);
        }
    }

    // The same broken promise, or the same exception from the same place.
    private static string Kind(Exception exception) => exception is BrokenPromiseException
        ? exception.Message
        : exception.GetType().FullName + exception.StackTrace?.Split('\n')[0];
}
