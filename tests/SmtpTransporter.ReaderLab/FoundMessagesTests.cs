#if ALL_READERS
using System.Text.Json;

namespace SmtpTransport.ReaderLab;

/// <summary>
/// Messages that other packages keep for their own tests: what two readers see alike in them, <see cref="Email.FromMime(byte[])"/> sees as
/// well, except where <c>found.tsv</c> says otherwise.
/// </summary>
public sealed class FoundMessagesTests
{
    private static readonly string Folder = Path.Combine(Repository.Project, "found");

    [Fact]
    public async Task What_two_readers_see_alike_we_see_as_well_except_for_what_is_known()
    {
        var readers = Readers.All.Where(r => r.Name is "python-email" or "gmime").ToList();
        var first = await readers[0].ReadAsync(Folder, Cancellation);
        var second = await readers[1].ReadAsync(Folder, Cancellation);

        var differences = new List<Difference>();
        foreach (var (message, seen) in first)
        {
            var ours = JsonSerializer.SerializeToElement(Read(message), JsonSerializerOptions.Web);
            var other = Comparison.Compare(readers[1], message, Comparison.ToSeen(seen), second[message]).Select(d => d.Field).ToHashSet();
            if (!other.Contains("error") && !seen.TryGetProperty("error", out _))
            {
                // A tab at which a subject is folded is a blank to us.
                var expected = Comparison.ToSeen(seen);
                expected = expected with { Subject = expected.Subject?.Replace('\t', ' ') };
                differences.AddRange(
                    Comparison.Compare(readers[0] with { Name = "ours" }, message, expected, ours).Where(d => !other.Contains(d.Field)));
            }
        }

        Assert.True(first.Count > 300, "The folder has too few messages.");
        KnownDifferences.Check("found.tsv", "ours", differences);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Seen Read(string message)
    {
        try
        {
            return Seen.In(Email.FromMime(File.ReadAllBytes(Path.Combine(Folder, message + ".eml"))));
        }
        catch (FormatException exception)
        {
            return new Seen { Error = exception.Message };
        }
    }
}
#endif
