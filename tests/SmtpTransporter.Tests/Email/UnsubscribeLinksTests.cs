using System.Security.Cryptography;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class UnsubscribeLinksTests
{
    private static readonly Uri Url = new("https://example.com/app/u/");

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [InlineData("ann@example.org", "newsletter")]
    [InlineData("ann@example.org", null)]
    [InlineData("änn@bücher.example", "Angebote für \"alle\"")]
    public void A_link_says_who_unsubscribes_from_what(string address, string? stream)
    {
        var links = new UnsubscribeLinks(Url, _key);

        var link = links.CreateLink(address, stream);

        Assert.StartsWith("https://example.com/app/u/", link.AbsoluteUri, StringComparison.Ordinal);
        Assert.Matches("^[A-Za-z0-9_-]+$", link.Segments[^1]);
        Assert.Equal(new UnsubscribeRequest(address, stream), links.TryRead(link.Segments[^1]));
    }

    [Fact]
    public void Links_of_an_old_key_work_as_long_as_it_is_given()
    {
        var token = new UnsubscribeLinks(Url, _key).CreateLink("ann@example.org").Segments[^1];
        var fresh = RandomNumberGenerator.GetBytes(32);

        Assert.NotNull(new UnsubscribeLinks(Url, fresh, _key).TryRead(token));
        Assert.Null(new UnsubscribeLinks(Url, fresh).TryRead(token));
    }

    [Fact]
    public void A_token_with_any_other_character_is_not_read()
    {
        var links = new UnsubscribeLinks(Url, _key);
        var token = links.CreateLink("ann@example.org", "news").Segments[^1];

        // The last character has bits that do not count.
        for (var i = 0; i < token.Length - 1; i++)
        {
            var changed = string.Concat(token.AsSpan(0, i), token[i] == 'A' ? "B" : "A", token.AsSpan(i + 1));
            Assert.Null(links.TryRead(changed));
        }
        Assert.All([null, "", "A", "!", new string('A', 3000)], text => Assert.Null(links.TryRead(text)));
    }

    [Fact]
    public void The_fields_of_an_email_have_the_link_of_its_recipient()
    {
        var links = new UnsubscribeLinks(Url, _key);
        var email = new Email { To = "Ann <ann@example.org>", Stream = "news" };

        links.AddTo(email);

        Assert.True(email.MailingList.UnsubscribesOnPost);
        Assert.Equal(new UnsubscribeRequest("ann@example.org", "news"), links.TryRead(email.MailingList.Unsubscribe[0].Segments[^1]));
        email.Cc = "bob@example.org";
        Assert.StartsWith(
            "The email has 2 recipients; a link to unsubscribe needs one",
            Assert.Throws<ArgumentException>(() => links.AddTo(email)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_link_is_of_the_one_recipient_of_the_envelope()
    {
        var links = new UnsubscribeLinks(Url, _key);
        var email = new Email { To = "readers@example.com", Cc = "bob@example.org", Stream = "news" };
        email.Envelope = new MailEnvelope { Recipients = ["ann@example.org"] };

        links.AddTo(email);

        Assert.Equal(new UnsubscribeRequest("ann@example.org", "news"), links.TryRead(email.MailingList.Unsubscribe[0].Segments[^1]));
        email.Envelope = new MailEnvelope { Recipients = ["ann@example.org", "bob@example.org"] };
        Assert.StartsWith(
            "The email has 2 recipients", Assert.Throws<ArgumentException>(() => links.AddTo(email)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_email_without_a_stream_gets_no_link_by_which_one_unsubscribes_from_everything()
    {
        var email = new Email { To = "ann@example.org" };

        var exception = Assert.Throws<ArgumentException>("email", () => new UnsubscribeLinks(Url, _key).AddTo(email));

        Assert.StartsWith("The email has no stream", exception.Message, StringComparison.Ordinal);
        Assert.Empty(email.MailingList.Unsubscribe);
    }

    [Theory]
    [InlineData("nobody", null, "address")]
    [InlineData("ann@example.org, bob@example.org", null, "address")]
    [InlineData("Ann <ann@example.org>", null, "address")]
    [InlineData("ann@example.org", "", "stream")]
    [InlineData("ann@example.org", "a\0b", "stream")]
    public void What_a_list_would_refuse_at_the_click_gets_no_link(string address, string? stream, string parameter)
    {
        var links = new UnsubscribeLinks(Url, _key);
        var entry = new Suppression(address, SuppressionReason.Unsubscribe) { Stream = stream };

        var exception = Assert.Throws<ArgumentException>(() => links.CreateLink(address, stream));

        Assert.StartsWith(entry.FindError()!, exception.Message, StringComparison.Ordinal);
        Assert.Equal(parameter, exception.ParamName);
        // Half a surrogate pair cannot be an attribute's argument.
        Assert.Throws<ArgumentException>(nameof(stream), () => links.CreateLink("ann@example.org", "a" + '\ud800'));
    }

    [Fact]
    public void A_url_without_https_a_short_key_and_a_long_link_are_refused()
    {
        Assert.Contains("allowed: an https URL", Assert.Throws<ArgumentException>(
            () => new UnsubscribeLinks(new Uri("http://example.com/u"), _key)).Message, StringComparison.Ordinal);
        Assert.Contains("A key has 16 bytes; allowed: at least 32", Assert.Throws<ArgumentException>(
            () => new UnsubscribeLinks(Url, new byte[16])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new UnsubscribeLinks(Url));
        Assert.Contains("allowed: at most 900", Assert.Throws<ArgumentException>(
            () => new UnsubscribeLinks(Url, _key).CreateLink(new string('a', 200) + "@example.org", new string('€', 200))).Message,
            StringComparison.Ordinal);
    }
}
