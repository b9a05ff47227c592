using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.UI.Services;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using SmtpTransport.Outbox;
using SmtpTransport.Templates;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Identity;

/// <summary>The emails of Identity, with its own endpoints.</summary>
public partial class IdentityEmailTests
{
    private const string From = "The shop <accounts@example.com>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Registration_sends_a_link_that_confirms_the_address()
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(
            s => With(s, fake).AddSmtpIdentityEmails(From, o => o.ApplicationName = "R&D"));

        var registered = await host.RegisterAsync("ann@example.org", Cancellation);
        var before = await host.LogInAsync("ann@example.org", IdentityHost.Password, Cancellation);
        var email = Assert.Single(fake.Sent).Email;
        var confirmed = await host.Client.GetAsync(Link().Match(email.TextBody!).Value, Cancellation);
        var after = await host.LogInAsync("ann@example.org", IdentityHost.Password, Cancellation);

        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, before.StatusCode);
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.Equal("Confirm your email address for R&D", email.Subject);
        Assert.Equal("accounts@example.com", email.From[0].Email);
        Assert.Equal("ann@example.org", Assert.Single(email.To).Email);
        Assert.Contains(email.Headers, h => h is { Name: "Auto-Submitted", Value: "auto-generated" });
    }

    [Fact]
    public async Task Call_before_that_of_Identity_is_as_good()
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => With(s, fake).AddSmtpIdentityEmails(From), beforeIdentity: true);

        await host.RegisterAsync("ann@example.org", Cancellation);

        Assert.Single(fake.Sent);
    }

    [Fact]
    public async Task Link_is_encoded_once()
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => With(s, fake).AddSmtpIdentityEmails(From));

        await host.RegisterAsync("ann@example.org", Cancellation);

        var email = Assert.Single(fake.Sent).Email;
        var link = Link().Match(email.TextBody!).Value;
        Assert.Contains("&code=", link, StringComparison.Ordinal);
        Assert.DoesNotContain("&amp;", email.TextBody, StringComparison.Ordinal);
        Assert.DoesNotContain("amp;amp;", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains($"<a href=\"{link.Replace("&", "&amp;", StringComparison.Ordinal)}\">", email.HtmlBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_that_nobody_has_encoded_stays_as_it_is()
    {
        var fake = new FakeSmtpTransporter();
        await using var services = With(new ServiceCollection(), fake).AddLogging().AddSingleton(Environment())
            .AddSmtpIdentityEmails(From).BuildServiceProvider();

        await services.GetRequiredService<IEmailSender<IdentityUser>>()
            .SendPasswordResetLinkAsync(new IdentityUser(), "ann@example.org", "https://example.com/?a=1&copy=2&lt=3");

        Assert.Contains("https://example.com/?a=1&copy=2&lt=3\n", Assert.Single(fake.Sent).Email.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_sets_a_new_password()
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => With(s, fake).AddSmtpIdentityEmails(From));
        await host.RegisterAsync("ann@example.org", Cancellation);
        await host.Client.GetAsync(Link().Match(Assert.Single(fake.Sent).Email.TextBody!).Value, Cancellation);

        await host.Client.PostAsJsonAsync("/forgotPassword", new { email = "ann@example.org" }, Cancellation);
        var code = fake.Sent[1].Email.TextBody!.Split('\n')[2];
        var reset = await host.Client.PostAsJsonAsync(
            "/resetPassword", new { email = "ann@example.org", resetCode = code, newPassword = "Battery-staple-2" }, Cancellation);
        var login = await host.LogInAsync("ann@example.org", "Battery-staple-2", Cancellation);

        Assert.Equal(HttpStatusCode.OK, reset.StatusCode);
        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
    }

    [Theory]
    [InlineData(550)]
    [InlineData(451)]
    public async Task Refused_address_does_not_fail_the_registration_and_is_not_in_the_log(int code)
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo).Reply(code, "ann.unknown@example.org is not here");
        await using var host = await IdentityHost.StartAsync(
            s => s.AddSmtpTransporter(_ => server.ToServerOptions()).AddSmtpIdentityEmails(From));

        var registered = await host.RegisterAsync("ann.unknown@example.org", Cancellation);

        Assert.Equal(HttpStatusCode.OK, registered.StatusCode);
        Assert.Contains(
            host.Warnings,
            w => w.StartsWith("The server did not confirm an email of Identity (ConfirmationLink): ", StringComparison.Ordinal)
                && w.Contains($"status {code}", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Warnings, w => w.Contains("ann.unknown@", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ann..x@example.org")]
    [InlineData("ann@")]
    [InlineData("Ann <ann@example.org>")]
    [InlineData("ann@example.org, bob")]
    public async Task Address_that_is_none_is_logged_without_it_and_nothing_is_sent(string address)
    {
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => With(s, fake).AddSmtpIdentityEmails(From));

        await host.Services.GetRequiredService<IEmailSender<IdentityUser>>()
            .SendConfirmationLinkAsync(new IdentityUser(), address, "https://example.com/");

        Assert.Empty(fake.Sent);
        var warning = Assert.Single(host.Warnings);
        Assert.Contains("the address is not one that SMTP can express", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(address, warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outbox_takes_the_emails_with_high_priority()
    {
        var folder = Directory.CreateTempSubdirectory("identity");
        try
        {
            await using var host = await IdentityHost.StartAsync(s => With(s, new FakeSmtpTransporter())
                .AddSmtpOutbox(o => o.UseSqlite($"Data Source={folder.FullName}/outbox.db").EnableWorker = false)
                .AddSmtpIdentityEmails(From));

            await host.RegisterAsync("ann@example.org", Cancellation);

            var entry = Assert.Single(
                (await host.Services.GetRequiredService<IOutbox>().ListAsync(cancellationToken: Cancellation)).Entries);
            Assert.Equal(OutboxPriority.High, entry.Priority);
            Assert.Equal(OutboxState.Waiting, entry.State);
            Assert.Equal("ann@example.org", Assert.Single(entry.Recipients).Address);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Templates_write_the_emails_in_the_language_of_the_user()
    {
        var folder = Directory.CreateTempSubdirectory("identity");
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "welcome.de.liquid"),
            "<title>Willkommen</title><p>Hallo {{ User.UserName }}! <a href=\"{{ Link }}\">Weiter</a></p>", Cancellation);
        var fake = new FakeSmtpTransporter();
        await using var host = await IdentityHost.StartAsync(s => With(s, fake)
            .AddEmailTemplates(o => o.Folder = folder.FullName)
            .AddSmtpIdentityEmails(From, o =>
            {
                o.Culture = user => CultureInfo.GetCultureInfo(
                    ((IdentityUser)user).UserName!.EndsWith(".at", StringComparison.Ordinal) ? "de-AT" : "en");
                o.Create = async (email, services) => email.Culture.Name == "de-AT"
                    ? await services.GetRequiredService<EmailTemplates>().RenderAsync("welcome", email, email.Culture, Cancellation)
                    : null;
            }));

        await host.RegisterAsync("ann@example.at", Cancellation);
        await host.RegisterAsync("bob@example.org", Cancellation);
        folder.Delete(recursive: true);

        Assert.Equal("Willkommen", fake.Sent[0].Email.Subject);
        Assert.Contains("Hallo ann@example.at!", fake.Sent[0].Email.TextBody, StringComparison.Ordinal);
        var confirmed = await host.Client.GetAsync(Link().Match(fake.Sent[0].Email.TextBody!).Value.TrimEnd(')', '>'), Cancellation);
        Assert.Equal(HttpStatusCode.OK, confirmed.StatusCode);
        Assert.StartsWith("Confirm your email address", fake.Sent[1].Email.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Senders_that_do_nothing_are_replaced()
    {
        var fake = new FakeSmtpTransporter();
        var nothing = new Mock<IEmailSender<IdentityUser>>(MockBehavior.Strict);
        await using var host = await IdentityHost.StartAsync(
            s => With(s, fake).AddSingleton(nothing.Object).AddSmtpIdentityEmails(From));

        await host.RegisterAsync("ann@example.org", Cancellation);

        Assert.Single(fake.Sent);
    }

    [Fact]
    public async Task Razor_pages_send_with_a_text_body()
    {
        var fake = new FakeSmtpTransporter();
        await using var services = With(new ServiceCollection(), fake).AddLogging().AddSingleton(Environment())
            .AddSmtpIdentityEmails(From).BuildServiceProvider();

        await services.GetRequiredService<IEmailSender>().SendEmailAsync(
            "ann@example.org", "Confirm", "Please <a href='https://example.com/?a=1&amp;b=2'>confirm</a>.");

        var email = Assert.Single(fake.Sent).Email;
        Assert.Equal("Confirm", email.Subject);
        Assert.Contains("https://example.com/?a=1&b=2", email.TextBody, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "AddSmtpIdentityEmails has nothing to send with. Call AddSmtpTransporter, and AddSmtpOutbox for a queue.")]
    [InlineData(
        "accounts",
        "AddSmtpIdentityEmails names the transporter \"accounts\", which is not registered: call AddKeyedSmtpTransporter with this key.")]
    public async Task Missing_transporter_is_named(string? name, string message)
    {
        await using var services = new ServiceCollection().AddLogging().AddSingleton(Environment())
            .AddSmtpIdentityEmails(From, o => o.TransporterName = name).BuildServiceProvider();
        var sender = services.GetRequiredService<IEmailSender<IdentityUser>>();

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => sender.SendPasswordResetCodeAsync(new IdentityUser(), "ann@example.org", "1234"));

        Assert.Equal(message, exception.Message);
    }

    [Fact]
    public void Sender_that_is_no_address_is_refused_at_once() =>
        Assert.Throws<FormatException>(() => new ServiceCollection().AddSmtpIdentityEmails("the shop"));

    private static IServiceCollection With(IServiceCollection services, FakeSmtpTransporter fake) =>
        services.AddSingleton<ISmtpTransporter>(fake);

    private static Microsoft.Extensions.Hosting.IHostEnvironment Environment() =>
        Mock.Of<Microsoft.Extensions.Hosting.IHostEnvironment>(e => e.ApplicationName == "Shop");

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex Link();
}
