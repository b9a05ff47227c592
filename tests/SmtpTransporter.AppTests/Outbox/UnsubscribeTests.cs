using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>The links by which recipients unsubscribe, in an application whose other pages require a login.</summary>
public sealed class UnsubscribeTests : IAsyncLifetime
{
    private const string Address = "ann+news@example.org";

    private readonly string _folder = Directory.CreateTempSubdirectory("unsubscribe").FullName;
    private readonly UnsubscribeLinks _links = new(new Uri("https://example.com/u"), RandomNumberGenerator.GetBytes(32));
    private readonly HttpClient _client = new();
    private readonly Mock<ISuppressionList> _broken = new(MockBehavior.Strict);
    private WebApplication? _app;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FormUrlEncodedContent OneClick => new([new("List-Unsubscribe", "One-Click")]);

    private IOutbox Outbox => _app!.Services.GetRequiredService<IOutbox>();

    private ISuppressionList List => _app!.Services.GetRequiredService<ISuppressionList>();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization(
            o => o.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        builder.Services.AddAntiforgery();
        builder.Services.AddSingleton(_links);
        builder.Services.AddSmtpOutbox(o => o.UseSqlite($"Data Source={_folder}/outbox.db").EnableWorker = false);
        builder.Services.AddKeyedSingleton("broken", Mock.Of<IOutbox>());
        builder.Services.AddKeyedSingleton("broken", _broken.Object);
        // Another one of the application, which is not that of the outbox.
        builder.Services.AddKeyedSingleton<ISuppressionList>("other", new MemorySuppressionList());
        _app = builder.Build();
        _app.UseAntiforgery();
        _app.MapUnsubscribe();
        _app.MapUnsubscribe("/broken", key: "broken");
        await _app.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app!.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_scanner_that_follows_the_link_sees_a_button_and_changes_nothing()
    {
        var id = await EnqueueAsync();

        using var page = await _client.GetAsync(UrlOf(_links.CreateLink(Address, "newsletter")), Cancellation);
        using var head = await _client.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, UrlOf(_links.CreateLink(Address, "newsletter"))), Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (page.StatusCode, head.StatusCode));
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("<form method=\"post\">", html, StringComparison.Ordinal);
        Assert.Contains("ann&#x2B;news@example.org", html, StringComparison.Ordinal);
        Assert.True(page.Headers.CacheControl!.NoStore);
        Assert.Empty((await List.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal(OutboxState.Waiting, (await Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task The_post_of_a_mail_client_unsubscribes_without_a_login_and_holds_back_what_waits()
    {
        var id = await EnqueueAsync();
        var email = NewEmail();
        _links.AddTo(email);
        Assert.True(email.MailingList.UnsubscribesOnPost);

        using var answer = await _client.PostAsync(UrlOf(email.MailingList.Unsubscribe[0]), OneClick, Cancellation);
        using var again = await _client.PostAsync(
            UrlOf(email.MailingList.Unsubscribe[0]),
            new MultipartFormDataContent { { new StringContent("One-Click"), "List-Unsubscribe" } }, Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, again.StatusCode));
        var entry = Assert.Single((await List.ListAsync(cancellationToken: Cancellation)).Entries);
        Assert.Equal((Address, SuppressionReason.Unsubscribe, "newsletter"), (entry.Address, entry.Reason, entry.Stream));
        Assert.Equal(OutboxState.Canceled, (await Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task The_list_is_that_of_the_outbox_beside_another_one_of_the_application()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(_links);
        builder.Services.AddSingleton<ISuppressionList>(new MemorySuppressionList());
        await using (var without = builder.Build())
        {
            var exception = Assert.Throws<InvalidOperationException>(() => without.MapUnsubscribe());
            Assert.Equal("There is no outbox. Call builder.Services.AddSmtpOutbox(…).", exception.Message);
        }
        Assert.StartsWith(
            "There is no outbox \"other\".", Assert.Throws<InvalidOperationException>(() => _app!.MapUnsubscribe(key: "other")).Message,
            StringComparison.Ordinal);

        builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton<ISuppressionList>(new MemorySuppressionList());
        builder.Services.AddSmtpOutbox(o => o.UseSqlite($"Data Source={_folder}/second.db").EnableWorker = false);
        await using var app = builder.Build();
        Assert.IsType<MemorySuppressionList>(app.Services.GetRequiredService<ISuppressionList>());
        Assert.IsNotType<MemorySuppressionList>(app.Services.GetRequiredKeyedService<ISuppressionList>(typeof(IOutbox)));
    }

    [Fact]
    public async Task A_thousand_posts_at_once_are_one_entry()
    {
        var url = UrlOf(_links.CreateLink(Address, "newsletter"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            using var answer = await _client.PostAsync(url, OneClick, Cancellation);
            return answer.StatusCode;
        }));

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Single((await List.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Fact]
    public async Task A_token_that_is_not_ours_is_not_found_without_a_word()
    {
        var foreign = new UnsubscribeLinks(_links.Url, RandomNumberGenerator.GetBytes(32)).CreateLink(Address);
        var token = _links.CreateLink(Address).Segments[^1];
        foreach (var url in new[] { UrlOf(foreign), UrlOf(new Uri(_links.Url, $"u/{token[..^4]}")), UrlOf(new Uri(_links.Url, "u/x")) })
        {
            using var page = await _client.GetAsync(url, Cancellation);
            using var post = await _client.PostAsync(url, OneClick, Cancellation);
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (page.StatusCode, post.StatusCode));
            Assert.Equal("", await post.Content.ReadAsStringAsync(Cancellation));
        }
        Assert.Empty((await List.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Theory]
    [InlineData("List-Unsubscribe=Maybe", "application/x-www-form-urlencoded", HttpStatusCode.BadRequest)]
    [InlineData("", "application/x-www-form-urlencoded", HttpStatusCode.BadRequest)]
    [InlineData("{\"List-Unsubscribe\":\"One-Click\"}", "application/json", HttpStatusCode.UnsupportedMediaType)]
    public async Task Another_body_is_refused(string body, string type, HttpStatusCode expected)
    {
        using var answer = await _client.PostAsync(
            UrlOf(_links.CreateLink(Address)), new StringContent(body, Encoding.UTF8, type), Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Empty((await List.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_large_body_is_refused(bool hasLength)
    {
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes($"List-Unsubscribe=One-Click&x={new string('x', 20_000)}"));
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        using var request = new HttpRequestMessage(HttpMethod.Post, UrlOf(_links.CreateLink(Address))) { Content = content };
        request.Headers.TransferEncodingChunked = !hasLength;

        using var answer = await _client.SendAsync(request, Cancellation);

        Assert.True(answer.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest, $"{answer.StatusCode}");
        Assert.Empty((await List.ListAsync(cancellationToken: Cancellation)).Entries);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK, "gets no more emails of “newsletter”. One that is being sent now may still arrive.")]
    [InlineData(false, HttpStatusCode.ServiceUnavailable, "could not be recorded now")]
    public async Task A_worker_that_hangs_is_no_failure_if_the_entry_is_really_stored(bool isStored, HttpStatusCode expected, string text)
    {
        _broken.Setup(l => l.AddAsync(It.IsAny<Suppression>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new OutboxUnacknowledgedException("The worker hangs."));
        _broken.Setup(l => l.FindAsync(Address, It.IsAny<CancellationToken>())).ReturnsAsync(
            [new Suppression(Address, SuppressionReason.Unsubscribe) { Stream = isStored ? "newsletter" : "other" }]);

        await CheckBrokenAsync(expected, text);
    }

    [Theory]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(CryptographicException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task What_could_not_be_stored_is_not_confirmed(Type failure)
    {
        _broken.Setup(l => l.AddAsync(It.IsAny<Suppression>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync((Exception)Activator.CreateInstance(failure)!);

        await CheckBrokenAsync(HttpStatusCode.ServiceUnavailable, "could not be recorded now");
    }

    private async Task CheckBrokenAsync(HttpStatusCode expected, string text)
    {
        var link = UrlOf(_links.CreateLink(Address, "newsletter"));
        using var answer = await _client.PostAsync(
            new Uri(link, link.AbsolutePath.Replace("/u/", "/broken/", StringComparison.Ordinal)), OneClick, Cancellation);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Contains(text, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancellation)), StringComparison.Ordinal);
        Assert.Equal(expected == HttpStatusCode.OK ? null : 60, answer.Headers.RetryAfter?.Delta?.TotalSeconds);
    }

    private static Email NewEmail() => new()
    {
        From = "shop@example.com",
        To = Address,
        Subject = "News",
        TextBody = "News",
        Stream = "newsletter",
    };

    private Uri UrlOf(Uri link) => new(
        new Uri(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
        link.AbsolutePath);

    private async Task<Guid> EnqueueAsync() =>
        (await Outbox.EnqueueManyAsync([new OutboxEmail(NewEmail())], cancellationToken: Cancellation))[0];
}
