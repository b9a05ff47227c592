using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmtpTransport.Aspire.Hosting;
using Xunit;

namespace SmtpTransport.AppTests.Aspire;

/// <summary>The mailbox in the model of an app host, whose orchestrator is not needed: the mailbox runs in the host itself.</summary>
public sealed class MailboxResourceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Email_that_is_sent_to_the_connection_string_is_on_the_page()
    {
        var builder = NewBuilder();
        var mail = builder.AddMailbox("mail");
        await using var app = builder.Build();
        await InitializeAsync(app, mail.Resource);
        var connection = await ((IResourceWithConnectionString)mail.Resource).GetConnectionStringAsync(Cancellation);
        await using var transporter = new SmtpTransporter(ServerOptions.Parse(connection!));

        var result = await transporter.SendAsync(
            new Email { From = "app@example.com", To = "ann@example.org", Subject = "By Aspire", TextBody = "Hello" }, Cancellation);
        var page = await PageAsync(app, mail.Resource);

        Assert.True(result.Success, result.ToString());
        Assert.Contains("By Aspire", await UntilAsync(page, "By Aspire"), StringComparison.Ordinal);
        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }

    [Fact]
    public async Task Port_that_is_taken_is_named_and_the_resource_has_failed()
    {
        using var taken = SmtpTransport.Testing.SmtpTestServer.Start();
        var builder = NewBuilder();
        var mail = builder.AddMailbox("mail", smtpPort: taken.Port);
        await using var app = builder.Build();

        await InitializeAsync(app, mail.Resource);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            async () => await ((IResourceWithConnectionString)mail.Resource).GetConnectionStringAsync(Cancellation));
        Assert.StartsWith($"The mailbox cannot use port {taken.Port} for SMTP: ", exception.Message, StringComparison.Ordinal);
        var notifications = app.Services.GetRequiredService<ResourceNotificationService>();
        await notifications.WaitForResourceAsync("mail", KnownResourceStates.FailedToStart, Cancellation);
    }

    [Fact]
    public void Connection_string_says_that_the_server_has_no_TLS()
    {
        var mail = NewBuilder().AddMailbox("mail");

        Assert.Equal("smtp://localhost:{port}?AcceptUnsecureConnection=true", mail.Resource.ConnectionStringExpression.ValueExpression);
    }

    [Fact]
    public void Mailbox_is_not_part_of_a_deployment()
    {
        var mail = NewBuilder().AddMailbox("mail");

        Assert.Same(
            ManifestPublishingCallbackAnnotation.Ignore,
            Assert.Single(mail.Resource.Annotations.OfType<ManifestPublishingCallbackAnnotation>()));
    }

    [Theory]
    [InlineData(0, null, "smtpPort")]
    [InlineData(null, 65_536, "webPort")]
    public void Number_that_is_no_port_is_refused(int? smtpPort, int? webPort, string parameter) =>
        Assert.Throws<ArgumentOutOfRangeException>(parameter, () => NewBuilder().AddMailbox("mail", smtpPort, webPort));

    private static IDistributedApplicationBuilder NewBuilder() =>
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true });

    // What the orchestrator does for each resource as the host starts.
    private static Task InitializeAsync(DistributedApplication app, MailboxResource resource)
    {
        var services = app.Services;
        var eventing = services.GetRequiredService<IDistributedApplicationEventing>();
        return eventing.PublishAsync(
            new InitializeResourceEvent(
                resource, eventing, services.GetRequiredService<ResourceLoggerService>(),
                services.GetRequiredService<ResourceNotificationService>(), services),
            Cancellation);
    }

    private static async Task<Uri> PageAsync(DistributedApplication app, MailboxResource resource)
    {
        var running = await app.Services.GetRequiredService<ResourceNotificationService>()
            .WaitForResourceAsync(resource.Name, e => e.Snapshot.State?.Text == KnownResourceStates.Running, Cancellation);
        return new Uri(running.Snapshot.Urls.Single(u => u.Name == "mailbox").Url);
    }

    private static async Task<string> UntilAsync(Uri page, string subject)
    {
        using var client = new HttpClient { BaseAddress = page };
        while (true)
        {
            var list = await client.GetStringAsync("messages", Cancellation);
            if (list.Contains(subject, StringComparison.Ordinal))
                return list;
        }
    }
}
