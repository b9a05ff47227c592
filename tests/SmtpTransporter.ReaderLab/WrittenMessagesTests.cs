using SmtpTransport.ReaderLab.Samples;

namespace SmtpTransport.ReaderLab;

/// <summary>Other programs see in our messages what we wrote, except where <c>known.tsv</c> says otherwise.</summary>
public sealed class WrittenMessagesTests(WrittenMessages messages) : IClassFixture<WrittenMessages>
{
    public static TheoryData<string> ReaderNames => new(Readers.All.Select(r => r.Name));

    [Theory]
    [MemberData(nameof(ReaderNames))]
    public async Task A_reader_sees_what_we_wrote_except_for_what_is_known(string name)
    {
        var reader = Readers.All.Single(r => r.Name == name);
        var seen = await reader.ReadAsync(messages.Folder, TestContext.Current.CancellationToken);

        var differences = SampleSet.All.SelectMany(s => Comparison.Compare(reader, s.Name, s.Expected, seen[s.Name])).ToList();

        KnownDifferences.Check("known.tsv", name, differences);
    }

    [Fact]
    public void Each_known_difference_is_of_a_reader_a_sample_and_a_row_of_the_page()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "readers.md"));
        var samples = SampleSet.All.Select(s => s.Name).ToHashSet();
        var known = KnownDifferences.Read("known.tsv");

        Assert.NotEmpty(known);
        Assert.All(known, d => Assert.Contains(d.Message, samples));
        var rows = known.Select(d => d.Reason).Distinct();
        Assert.All(rows, row => Assert.Contains($"| {row} |", page, StringComparison.Ordinal));
    }
}
