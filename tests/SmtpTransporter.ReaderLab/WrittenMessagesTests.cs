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
        var known = KnownDifferences.Of(name);

        var added = differences.Where(d => !known.Contains(d.Key)).Select(d => d.ToString());
        var gone = known.Except(differences.Select(d => d.Key)).Select(key => $"{key}\n    no longer differs");
        var news = added.Concat(gone).ToList();
        Assert.True(news.Count == 0, string.Join('\n', news));
    }

    [Fact]
    public void Each_known_difference_is_of_a_reader_a_sample_and_a_row_of_the_page()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "readers.md"));
        var samples = SampleSet.All.Select(s => s.Name).ToHashSet();

        Assert.NotEmpty(KnownDifferences.All);
        Assert.All(KnownDifferences.All, d => Assert.Contains(d.Message, samples));
        var rows = KnownDifferences.All.Select(d => d.Row).Distinct();
        Assert.All(rows, row => Assert.Contains($"| {row} |", page, StringComparison.Ordinal));
    }
}
