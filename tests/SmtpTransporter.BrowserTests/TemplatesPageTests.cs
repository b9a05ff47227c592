using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using SmtpTransport.Mailbox;
using static Microsoft.Playwright.Assertions;

namespace SmtpTransport.BrowserTests;

public sealed class TemplatesPageTests
{
    private Func<Email> _create = () => Create("Hello", "<p>one</p>");

    [Fact]
    public async Task A_template_is_shown_and_shown_again_as_it_changes()
    {
        await using var app = await StartAsync();
        var page = await Chromium.OpenPageAsync();
        var errors = new List<string>();
        page.PageError += (_, error) => errors.Add(error);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        await page.GotoAsync($"{address}/mailbox/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Templates" }).ClickAsync();
        await Expect(page.Locator("#subject")).ToHaveTextAsync("Hello");
        await Expect(page.FrameLocator("#frame").Locator("p")).ToHaveTextAsync("one");

        _create = () => Create("Hello again", "<p>two</p>");
        await Expect(page.Locator("#subject")).ToHaveTextAsync("Hello again");
        await Expect(page.FrameLocator("#frame").Locator("p")).ToHaveTextAsync("two");

        _create = () => throw new InvalidOperationException("welcome.liquid, line 2");
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("welcome.liquid, line 2");

        _create = () => Create("Mended", "<p>three</p>");
        await Expect(page.GetByRole(AriaRole.Alert)).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Text" }).ClickAsync();
        await Expect(page.Locator("#plain")).ToHaveTextAsync("three");
        await page.GetByRole(AriaRole.Link, new() { Name = "other" }).ClickAsync();
        await Expect(page.Locator("#subject")).ToHaveTextAsync("Other");
        Assert.Empty(errors);
        await page.CloseAsync();
    }

    private static Email Create(string subject, string html)
    {
        var email = new Email { Subject = subject, HtmlBody = html };
        email.GenerateTextBody();
        return email;
    }

    private async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapMailbox(configure: o =>
        {
            (o.Store, o.AllowOutsideDevelopment) = (new MailboxStore(), true);
            o.Previews = new Dictionary<string, Func<CancellationToken, Task<Email>>>
            {
                ["a template"] = _ => Task.FromResult(_create()),
                ["other"] = _ => Task.FromResult(Create("Other", "<p>x</p>")),
            };
        });
        await app.StartAsync();
        return app;
    }
}
