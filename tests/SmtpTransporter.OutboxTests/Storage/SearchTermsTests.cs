using System.Globalization;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.OutboxTests;

public sealed class SearchTermsTests
{
    [Theory]
    [InlineData("Ann", "Example.ORG")]
    [InlineData("jürgen", "MÜNCHEN.example")]
    // In lower case it is another letter than the one that the domain has in ASCII.
    [InlineData("ann", "GRO\u1E9E.example")]
    [InlineData("ann", "example。org")]
    public void An_address_and_the_one_that_is_sent_have_one_spelling(string local, string domain)
    {
        var sent = SearchTerms.Normalize($"{local}@{new IdnMapping().GetAscii(domain)}");

        Assert.Equal(sent, SearchTerms.Normalize($" {local}@{domain} "));
        Assert.Equal(sent, SearchTerms.Normalize($"{local.ToUpperInvariant()}@{domain}"));
        Assert.Equal(sent, SearchTerms.Normalize($"{local.Normalize(System.Text.NormalizationForm.FormD)}@{domain}"));
    }

    [Theory]
    [InlineData("Jürgen", "jürgen")]
    [InlineData("ann@ü..example", "ann@ü..example")]
    [InlineData("", "")]
    public void What_is_no_address_stays_as_it_is_in_lower_case(string text, string expected) =>
        Assert.Equal(expected, SearchTerms.Normalize(text));

    [Fact]
    public void Half_a_surrogate_pair_is_found_by_itself() => Assert.Equal("\uD83D@b", SearchTerms.Normalize("\uD83D@B"));
}
