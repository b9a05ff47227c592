using SmtpTransport.Fuzz;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>
/// Tests the kept inputs of the fuzzer, and runs it briefly. A command starts the long run: see tests/SmtpTransporter.Fuzz/Program.cs.
/// </summary>
public sealed class FuzzTests
{
    public static TheoryData<string, string> Kept => [.. Target.All.SelectMany(t => Corpus.Names(t).Select(name => (t.Name, name)))];

    // The number of inputs that each target runs in less than a second.
    public static TheoryData<string, int> Targets => new()
    {
        { "addresses", 3000 },
        { "mime", 500 },
        { "received", 1000 },
        { "json", 3000 },
        { "options", 4000 },
        { "replies", 300 },
    };

    [Theory]
    [MemberData(nameof(Kept))]
    public void A_kept_input_violates_no_guarantee(string target, string name)
    {
        var subject = Target.All.Single(t => t.Name == target);

        Assert.NotEmpty(subject.Run(Corpus.Read(subject, name)));
    }

    [Fact]
    public void Every_fuzz_target_is_run() => Assert.Equal(Target.All.Select(t => t.Name), Targets.Select(t => t.Data.Item1));

    [Theory]
    [MemberData(nameof(Targets))]
    public void New_inputs_violate_no_guarantee(string target, int cases)
    {
        var subject = Target.All.Single(t => t.Name == target);

        // The same inputs in every run. The long run takes other ones.
        foreach (var seed in (int[])[1, 2])
        {
            var finding = new Fuzzer(subject, seed).Run(cases);
            Assert.True(finding is null, $"Seed {seed}: {finding}");
        }
    }
}
