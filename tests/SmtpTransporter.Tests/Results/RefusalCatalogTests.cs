using System.Globalization;
using System.Text.Json;
using Xunit;

namespace SmtpTransport.Tests;

public class RefusalCatalogTests
{
    /// <summary>The entries of the data file: its code, its example (a reply as that server writes it) or the error's number.</summary>
    public static TheoryData<string, string?, int> Entries()
    {
        var data = new TheoryData<string, string?, int>();
        using var stream = typeof(SmtpError).Assembly.GetManifestResourceStream("refusals.json")!;
        using var json = JsonDocument.Parse(stream);
        foreach (var entry in json.RootElement.EnumerateArray())
        {
            data.Add(
                entry.GetProperty("code").GetString()!,
                entry.TryGetProperty("example", out var example) ? example.GetString() : null,
                entry.TryGetProperty("errCode", out var number) ? number.GetInt32()
                    : entry.TryGetProperty("variantOf", out var variant) ? -variant.GetInt32() : 0);
        }
        return data;
    }

    [Fact]
    public void A_login_that_the_server_could_not_check_is_explained()
    {
        var found = RefusalExplanation.ForReply(
            454, "4.7.0 Temporary authentication failure: Connection lost to authentication server");

        Assert.Equal("postfix.login-service", found?.Code);
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Each_entry_explains_its_own_example(string code, string? example, int errCode)
    {
        var found = example is null
            ? errCode < 0 ? RefusalCatalog.OfCode(code) : new SmtpError(errCode, "x", "smtp").Explanation
            : RefusalExplanation.ForReply(int.Parse(example.AsSpan(0, 3), CultureInfo.InvariantCulture), example[4..]);

        Assert.NotNull(found);
        Assert.Equal(code, found.Code);
        Assert.Matches("^[a-z0-9-]+(\\.[a-z0-9-]+)$", found.Code);
        Assert.EndsWith(".", found.Meaning);
        Assert.EndsWith(".", found.Remedy);
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Every_explained_error_code_is_published(string code, string? example, int errCode)
    {
        var published = typeof(SmtpErrorCodes).GetFields().Select(f => (int)f.GetRawConstantValue()!);

        Assert.True(example is not null || published.Contains(Math.Abs(errCode)), code);
    }

    [Fact]
    public void Every_error_code_is_explained()
    {
        var codes = typeof(SmtpErrorCodes).GetFields().Select(f => (int)f.GetRawConstantValue()!);

        Assert.All(codes, code => Assert.NotNull(new SmtpError(code, "x", "smtp").Explanation));
    }

    [Fact]
    public void No_error_without_a_reply_is_taken_for_the_explanation_of_one() =>
        Assert.All(Entries(), row => Assert.True(
            !row.Data.Item1.StartsWith("own.", StringComparison.Ordinal) || row.Data.Item2 is null, row.Data.Item1));

    [Theory]
    [InlineData(250, "2.0.0 Ok: spam")]
    [InlineData(451, "Something else")]
    [InlineData(599, "")]
    public void An_unknown_reply_has_no_explanation(int status, string text) => Assert.Null(RefusalExplanation.ForReply(status, text));

    [Fact]
    public void A_result_explains_itself_and_each_of_its_recipients()
    {
        var result = SendResult.Create(
            Outcome.PartiallyAccepted, 550, "5.1.1 No such user",
            [
                new RecipientResult("a@x.example", RecipientState.Accepted, 250),
                new RecipientResult("b@x.example", RecipientState.Refused, 550, new EnhancedStatus(5, 1, 1), "5.1.1 No such user"),
            ]);

        Assert.Equal("general.no-such-user", result.Explanation?.Code);
        Assert.Null(result.Recipients[0].Explanation);
        Assert.Equal("general.no-such-user", result.Recipients[1].Explanation?.Code);
        var local = SendResult.Create(Outcome.NotSent, 0, "x", errors: [new SmtpError(SmtpErrorCodes.ConnectFailed, "x", "tcp")]);
        Assert.Equal("own.connect-failed", local.Explanation?.Code);
    }
}
