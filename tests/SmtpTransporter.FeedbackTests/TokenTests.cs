using System.Security.Cryptography;
using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class TokenTests
{
    private static readonly byte[] Key = SHA256.HashData("a key"u8), OtherKey = SHA256.HashData("another key"u8);
    private static readonly FeedbackTokens Tokens = new(Key);

    public static TheoryData<string> Ids =>
        ["0", "7", "17", "18446744073709551615", "0017", "order-17", "Ünïcödé 17", "0d5c1a52-6b1f-4f7b-9c9a-3f1f6f0a7b11",
            "0D5C1A52-6B1F-4F7B-9C9A-3F1F6F0A7B11", "{0d5c1a52-6b1f-4f7b-9c9a-3f1f6f0a7b11}", new string('x', 40)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_token_gives_its_id_back(string id)
    {
        var token = Tokens.CreateToken(id);

        Assert.Equal(id, Tokens.Read(token));
        Assert.Equal(id, Tokens.Read(token.ToUpperInvariant()));
        Assert.All(token, c => Assert.True(c is (>= 'a' and <= 'z') or (>= '2' and <= '7'), token));
        Assert.InRange(token.Length, 1, 82);
    }

    [Theory]
    [InlineData('+')]
    [InlineData('-')]
    [InlineData('=')]
    [InlineData('_')]
    [InlineData('#')]
    public void A_return_path_keeps_the_id_behind_any_separator(char separator)
    {
        var tokens = new FeedbackTokens(Key, separator: separator);
        var id = Guid.NewGuid().ToString();

        var path = tokens.CreateReturnPath("bounces@example.com", id);

        Assert.StartsWith($"bounces{separator}", path, StringComparison.Ordinal);
        Assert.EndsWith("@example.com", path, StringComparison.Ordinal);
        Assert.InRange(path.IndexOf('@', StringComparison.Ordinal), 1, 64);
        Assert.Equal(id, tokens.Read(path));
        Assert.Equal(id, tokens.Read($"<{path.ToUpperInvariant()}>"));
    }

    [Fact]
    public void A_local_part_with_more_than_64_octets_is_refused()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => Tokens.CreateReturnPath("a-long-local-part-of-bounces@example.com", Guid.NewGuid().ToString()));

        Assert.Contains("64", exception.Message, StringComparison.Ordinal);
        Assert.Contains("a-long-local-part-of-bounces@example.com", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_or_cut_token_counts_for_nothing()
    {
        var token = Tokens.CreateToken("17");

        for (var i = 0; i < token.Length; i++)
        {
            Assert.Null(Tokens.Read(token[..i]));
            foreach (var c in "abcdefghijklmnopqrstuvwxyz234567".Where(c => c != token[i]))
                Assert.Null(Tokens.Read($"{token[..i]}{c}{token[(i + 1)..]}"));
        }
        Assert.Null(Tokens.Read(token + "a"));
        Assert.Null(Tokens.Read(null));
        Assert.Null(Tokens.Read(""));
        Assert.Null(Tokens.Read("ann@example.org"));
        Assert.Null(Tokens.Read(new string('a', 1_000_000)));
    }

    [Fact]
    public void A_token_of_another_key_counts_for_nothing() => Assert.Null(new FeedbackTokens(OtherKey).Read(Tokens.CreateToken("17")));

    [Fact]
    public void An_old_key_still_reads_and_no_longer_writes()
    {
        var old = Tokens.CreateToken("17");
        var rotated = new FeedbackTokens(OtherKey, [Key]);

        Assert.Equal("17", rotated.Read(old));
        Assert.Equal("17", rotated.Read(rotated.CreateToken("17")));
        Assert.Null(Tokens.Read(rotated.CreateToken("17")));
        Assert.Null(new FeedbackTokens(OtherKey).Read(old));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        AssertRefused("15 bytes", () => new FeedbackTokens(new byte[15]));
        AssertRefused("'.'", () => new FeedbackTokens(Key, separator: '.'));
        AssertRefused("bounces", () => Tokens.CreateReturnPath("bounces", "1"));
        AssertRefused("41 bytes", () => Tokens.CreateToken(new('x', 41)));
        AssertRefused("empty", () => Tokens.CreateToken(""));

        static void AssertRefused(string words, Func<object> call) =>
            Assert.Contains(words, Assert.Throws<ArgumentException>(call).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Delivered-To: {0}")]
    [InlineData("X-Original-To: {0}")]
    [InlineData("Envelope-To: <{0}>")]
    [InlineData("To: The shop <{0}>")]
    public void A_report_to_a_return_path_names_the_email(string field)
    {
        var path = Tokens.CreateReturnPath("bounces@shop.example", "17");

        var feedback = Read(string.Format(System.Globalization.CultureInfo.InvariantCulture, field, path));

        Assert.Equal("17", feedback.EmailId);
    }

    [Fact]
    public void A_report_with_an_envelope_id_names_the_email()
    {
        var feedback = Read("X-Nothing: 0", $"Original-Envelope-Id: {Tokens.CreateToken("17").ToUpperInvariant()}\n");

        Assert.Equal("17", feedback.EmailId);
    }

    [Fact]
    public void A_report_with_a_forged_token_names_no_email()
    {
        var forged = new FeedbackTokens(OtherKey).CreateReturnPath("bounces@shop.example", "17");

        var feedback = Read($"Delivered-To: {forged}", $"Original-Envelope-Id: {new FeedbackTokens(OtherKey).CreateToken("17")}\n");

        Assert.Null(feedback.EmailId);
        Assert.Equal("order-1@shop.example", feedback.Original.MessageId);
        Assert.True(feedback.IsBounce);
    }

    private static EmailFeedback Read(string field, string statusField = "")
    {
        var text = System.Text.Encoding.UTF8.GetString(FormFile.Read("dsn-failed"))
            .Replace("Return-Path: <>\n", $"Return-Path: <>\n{field}\n", StringComparison.Ordinal)
            .Replace("Reporting-MTA:", $"{statusField}Reporting-MTA:", StringComparison.Ordinal);
        return new FeedbackReader(Tokens).Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)))!;
    }
}
