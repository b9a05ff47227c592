using Xunit;

namespace SmtpTransport.Tests;

/// <summary>What a user is told who makes a mistake in options, a URL or settings: the whole message.</summary>
public sealed class OptionMistakeTests
{
    private const string Form =
        "; it must have the form smtp://[user:password@]host[:port][?key=value], smtps://… or lmtp://…; in the place of the host, "
        + "unix:/path; or smtp+service://…@region.";

    [Theory]
    [InlineData("mail.example.com:587", $"it has no scheme: write smtp:// or smtps:// before the host{Form}")]
    [InlineData("", $"it is empty{Form}")]
    [InlineData("http://mail.example.com", $"its scheme is none of those below{Form}")]
    [InlineData("smtp://me:p@ss@mail.example.com", $"the user or the password has an \"@\": write %40 for it{Form}")]
    [InlineData(
        "smtp://me:p/ss@mail.example.com",
        $"the user or the password has \"/\", \"?\" or \"#\": write %2F, %3F or %23 for it{Form}")]
    [InlineData("smtp://mail.example.com:99999", $"its port must be a number from 1 to 65535{Form}")]
    [InlineData("smtp://mail.example.com:smtp", $"its port must be a number from 1 to 65535{Form}")]
    [InlineData("smtp://mail example.com", $"it has a blank: percent-encode it as %20 in a user or a password{Form}")]
    [InlineData("smtp://mail.example.com?keepAlvie=false", "it has the unknown key \"keepAlvie\". Is it \"keepAlive\"?")]
    [InlineData(
        "smtp://mail.example.com?sendTimeout=10s",
        "sendTimeout must be a number of seconds from 0.001 to 2073600, or hh:mm:ss; write 00:00:10.")]
    public void A_mistake_in_a_URL_is_told_with_its_remedy(string url, string words)
    {
        var thrown = Assert.Throws<ArgumentException>(() => ServerOptions.Parse(url));

        Assert.Equal($"The URL cannot be used: {words}", thrown.Message.Split(" (Parameter")[0]);
    }

    [Theory]
    [InlineData("Hots", "x", "The key \"Hots\" is unknown. Is it \"Host\"?")]
    [InlineData("MaxConnection", "3", "The key \"MaxConnection\" is unknown. Is it \"MaxConnections\"?")]
    [InlineData("Zzzzzz", "3", "The key \"Zzzzzz\" is unknown. A key must be the name of a property of ServerOptions, such as \"Host\".")]
    [InlineData(
        "SendTimeout", "10s", "SendTimeout is \"10s\"; allowed: a number of seconds from 0.001 to 2073600, or hh:mm:ss; write 00:00:10.")]
    [InlineData(
        "SendTimeout", "1.5 min",
        "SendTimeout is \"1.5 min\"; allowed: a number of seconds from 0.001 to 2073600, or hh:mm:ss; write 00:01:30.")]
    [InlineData(
        "SendTimeout", "soon", "SendTimeout is \"soon\"; allowed: a number of seconds from 0.001 to 2073600, or hh:mm:ss.")]
    [InlineData(
        "LogSummaryInterval", "5x",
        "LogSummaryInterval is \"5x\"; allowed: 0, or a number of seconds from 0.001 to 2073600, or hh:mm:ss.")]
    [InlineData(
        "ConnectionString", "Endpoint=smtp://localhost:25;Hots=x",
        "In the connection string: The key \"Hots\" is unknown. Is it \"Host\"?")]
    [InlineData(
        "ConnectionString", "Endpoint=smtp://localhost:25;SendTimeout=10s",
        "In the connection string: SendTimeout is \"10s\"; allowed: a number of seconds from 0.001 to 2073600, or hh:mm:ss; "
        + "write 00:00:10.")]
    public void A_mistake_in_settings_is_told_with_its_remedy(string key, string value, string words)
    {
        Assert.False(ServerOptions.TryFromSettings(
            new Dictionary<string, string?> { ["Host"] = key == "ConnectionString" ? null : "x", [key] = value }, out _, out var error));

        Assert.Equal(words, error.Message);
        Assert.Equal(key, error.Name);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("00:00:00", 0)]
    [InlineData("90", 90)]
    [InlineData("00:01:00", 60)]
    public void The_interval_of_summaries_can_be_zero(string text, int seconds)
    {
        var options = ServerOptions.FromSettings(
            [KeyValuePair.Create("Host", (string?)"x"), KeyValuePair.Create("LogSummaryInterval", (string?)text)]);

        Assert.Equal(TimeSpan.FromSeconds(seconds), options.LogSummaryInterval);
    }

    [Fact]
    public void A_password_without_a_user_is_an_error_and_not_a_send_without_authentication() =>
        Assert.StartsWith(
            "User is null; allowed: a user name if a password or an access token is set.",
            Assert.Throws<ArgumentException>(() => new SmtpTransporter(new ServerOptions { Host = "x", Password = "p4ss" })).Message,
            StringComparison.Ordinal);
}
