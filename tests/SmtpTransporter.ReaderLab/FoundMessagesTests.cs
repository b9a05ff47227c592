#if ALL_READERS
using System.Text.Json;

namespace SmtpTransport.ReaderLab;

/// <summary>
/// Messages that other packages keep for their own tests: what two readers see alike in them, <see cref="Email.FromMime(byte[])"/> sees as
/// well, except where <c>found.tsv</c> says otherwise; and they can be written again.
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

    [Fact]
    public async Task What_is_read_and_written_again_looks_the_same()
    {
        var copies = Directory.CreateTempSubdirectory("reader-lab-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(Folder, "*.eml"))
            {
                await using var copy = File.Create(Path.Combine(copies.FullName, Path.GetFileName(file)));
                await Email.FromMime(await File.ReadAllBytesAsync(file, Cancellation)).ToMimeAsync(copy, cancellationToken: Cancellation);
            }
            var reader = Readers.All.Single(r => r.Name == "gmime");
            var before = await reader.ReadAsync(Folder, Cancellation);
            var after = await reader.ReadAsync(copies.FullName, Cancellation);

            var differences = before.Where(b => !b.Value.TryGetProperty("error", out _)).SelectMany(
                b => Comparison.Compare(reader with { Name = "copy" }, b.Key, Comparison.ToSeen(b.Value), after[b.Key]));
            KnownDifferences.Check("found.tsv", "copy", [.. differences]);
        }
        finally
        {
            copies.Delete(recursive: true);
        }
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
