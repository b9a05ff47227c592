#if ALL_READERS
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SmtpTransport.ReaderLab;

/// <summary>
/// Messages that other packages keep for their own tests: what two readers see alike in them, <see cref="Email.FromMime(byte[])"/> sees as
/// well, except where <c>found.tsv</c> says otherwise.
/// </summary>
public sealed partial class FoundMessagesTests
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
    public void A_message_that_is_written_back_has_the_same_octets_but_for_line_ends_and_Bcc()
    {
        var files = Directory.GetFiles(Folder, "*.eml");
        foreach (var file in files)
        {
            var octets = File.ReadAllBytes(file);
            using var written = new MemoryStream();

            Email.FromMime(octets).ToMime(written);

            Assert.True(AsWritten(octets) == Encoding.Latin1.GetString(written.ToArray()), Path.GetFileName(file));
        }
        Assert.True(files.Length > 300, "The folder has too few messages.");
    }

    /// <summary>The message with CRLF as its line ends, and without what its recipients must not see.</summary>
    private static string AsWritten(byte[] octets)
    {
        var message = LineEnd().Replace(Encoding.Latin1.GetString(octets), "\r\n");
        var header = message.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var end and >= 0 ? end + 2 : message.Length;
        return HiddenField().Replace(message[..header], "") + message[header..];
    }

    [GeneratedRegex(@"\r?\n")]
    private static partial Regex LineEnd();

    [GeneratedRegex(@"^(Resent-)?Bcc *:.*\n([ \t].*\n)*", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex HiddenField();

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
