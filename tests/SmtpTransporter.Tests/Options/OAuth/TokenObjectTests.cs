using Xunit;

namespace SmtpTransport.Tests;

public sealed class TokenObjectTests
{
    private const string Token = "ya29.a0AfH6SMBx-token";

    [Theory]
    [InlineData("{\"token\": {\"access_token\": \"" + Token + "\", \"expires_in\": 3599}, \"tokenExpiration\": \"2026-11-29T12:00:00Z\"}")]
    [InlineData(" {\r\n\t\"tokenExpiration\": null,\r\n\t\"token\": {\"scope\": \"mail\", \"access_token\": \"" + Token + "\"}\r\n}")]
    [InlineData("{\"access_token\": \"" + Token + "\", \"token_type\": \"Bearer\"}")]
    [InlineData(Token)]
    public void A_token_object_is_read_as_its_access_token(string text)
    {
        var options = new ServerOptions { Host = "smtp.example.com", User = "me", AccessTokenOAuth2 = text };
        var fromSettings = ServerOptions.FromSettings(
            [new("Host", "smtp.example.com"), new("User", "me"), new("AccessTokenOAuth2", text)]);

        Assert.Equal((Token, Token), (options.AccessTokenOAuth2, fromSettings.AccessTokenOAuth2));
        Assert.DoesNotContain(Token, options.ToString());
    }

    [Fact]
    public void A_token_object_may_be_a_section_of_settings()
    {
        var options = ServerOptions.FromSettings(
        [
            new("Host", "smtp.example.com"), new("User", "me"), new("AccessTokenOAuth2:token:access_token", Token),
            new("AccessTokenOAuth2:token:expires_in", "3599"), new("accesstokenoauth2:TokenExpiration", "2026-11-29T12:00:00Z"),
        ]);

        Assert.Equal(Token, options.AccessTokenOAuth2);
    }

    [Theory]
    [InlineData("{\"token\": {\"secret\": \"" + Token + "\"}}")]
    [InlineData("{\"token\": \"" + Token + "\"}")]
    [InlineData("{\"access_token\": [\"" + Token + "\"]}")]
    [InlineData("{\"access_token\": \"" + Token + "\"")]
    public void An_object_without_an_access_token_is_an_error_that_does_not_show_it(string text)
    {
        var error = Assert.Throws<ArgumentException>(() => ServerOptions.FromSettings(
            [new("Host", "smtp.example.com"), new("User", "me"), new("AccessTokenOAuth2", text)]));

        Assert.Equal("AccessTokenOAuth2", error.ParamName);
        Assert.Contains("a token object with an access_token", error.Message);
        Assert.DoesNotContain(Token, error.Message);
    }

    [Fact]
    public void Another_member_of_the_section_is_unknown() => Assert.Contains(
        "is unknown",
        Assert.Throws<ArgumentException>(() => ServerOptions.FromSettings(
            [new("Host", "smtp.example.com"), new("AccessTokenOAuth2:tokens", Token)])).Message);
}
