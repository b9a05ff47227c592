using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace SmtpTransport.AppTests.DependencyInjection;

/// <summary>What a user is told who makes a mistake in the services or in the configuration: the whole message.</summary>
public sealed class MistakeTests : HostTest
{
    [Theory]
    [InlineData("Mail:Host", "x", null,
        "The configuration has neither a section \"Smtp\" nor a connection string \"Smtp\". Set Smtp:Host (in the environment "
        + "Smtp__Host), or ConnectionStrings:Smtp; or name the section that is meant: \"Mail\" could be one.")]
    [InlineData("Logging:Level", "x", null,
        "The configuration has neither a section \"Smtp\" nor a connection string \"Smtp\". Set Smtp:Host (in the environment "
        + "Smtp__Host), or ConnectionStrings:Smtp.")]
    [InlineData("Smtp:Hots", "x", null, "The configuration \"Smtp:Hots\" is not valid: The key \"Hots\" is unknown. Is it \"Host\"?")]
    [InlineData("Smtp:Host", "x", "Smtp:SendTimeout=10s",
        "The configuration \"Smtp:SendTimeout\" is not valid: SendTimeout is \"10s\"; allowed: a number of seconds from 0.001 to "
        + "2073600, or hh:mm:ss; write 00:00:10.")]
    [InlineData("ConnectionStrings:Smtp", "Endpoint=smtp://localhost:25;Hots=x", null,
        "The configuration \"ConnectionStrings:Smtp\" is not valid: In the connection string: The key \"Hots\" is unknown. Is "
        + "it \"Host\"?")]
    [InlineData("ConnectionStrings:Smtp", "smtp://me:p@ss@localhost", null,
        "The configuration \"ConnectionStrings:Smtp\" is not valid: The URL cannot be used: the user or the password has an \"@\": write "
        + "%40 for it; it must have the form smtp://[user:password@]host[:port][?key=value], smtps://… or lmtp://…; in the place of the "
        + "host, unix:/path; or smtp+service://…@region.")]
    public async Task A_mistake_in_the_configuration_is_told_with_its_place_and_its_remedy(
        string key, string value, string? other, string words)
    {
        (string, string?)[] settings = [(key, value), .. other?.Split('=') is [var k, var v] ? [(k, v)] : Array.Empty<(string, string?)>()];
        using var host = Host(s => s.AddSmtpTransporter(), settings);

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Cancellation));

        Assert.Equal(words, thrown.Message);
    }

    [Fact]
    public void Services_without_a_configuration_are_told_what_to_add()
    {
        using var services = new ServiceCollection().AddSmtpTransporter().BuildServiceProvider();

        Assert.Equal(
            "The transporter reads the section \"Smtp\" of the configuration, and the services have no IConfiguration. Build them with a "
            + "host (Host.CreateApplicationBuilder), add one (services.AddSingleton<IConfiguration>(…)), or give the options in code: "
            + "AddSmtpTransporter(_ => new ServerOptions { … }).",
            Assert.Throws<InvalidOperationException>(services.GetRequiredService<ISmtpTransporter>).Message);
    }

    [Fact]
    public void A_wrong_name_is_told_with_those_that_exist()
    {
        var options = new ServerOptions { Host = "localhost" };
        using var services = new ServiceCollection().AddKeyedSmtpTransporter("news", _ => options)
            .AddKeyedSmtpTransporter("alerts", _ => options).BuildServiceProvider();
        var registry = services.GetRequiredService<ISmtpTransporterRegistry>();
        registry.GetOrAdd("customer-17", () => options);

        Assert.Equal(
            "There is no transporter \"newsletter\". There are \"alerts\", \"customer-17\", \"news\". Add it with "
            + "AddKeyedSmtpTransporter, or create it with GetOrAdd.",
            Assert.Throws<InvalidOperationException>(() => registry.Get("newsletter")).Message);
    }

    [Fact]
    public void A_name_where_only_the_one_without_a_key_exists_is_told_so()
    {
        using var services = new ServiceCollection().AddSmtpTransporter(_ => new ServerOptions { Host = "localhost" })
            .BuildServiceProvider();

        Assert.Equal(
            "There is no transporter \"news\". None was added with a key; the one without a key is injected as ISmtpTransporter. Add it "
            + "with AddKeyedSmtpTransporter, or create it with GetOrAdd.",
            Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<ISmtpTransporterRegistry>().Get("news")).Message);
    }
}
