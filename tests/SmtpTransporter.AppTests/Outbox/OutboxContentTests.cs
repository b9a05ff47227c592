using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using SmtpTransport.Outbox;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>What the page does with the contents of emails, and who may see them; and the reasons of pauses.</summary>
public sealed class OutboxContentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_who_meets_the_policy_of_messages_downloads_one_and_the_page_offers_it_to_nobody_else()
    {
        await using var host = await OutboxPageHost.StartAsync(messagePolicy: "operators");
        var id = await host.EnqueueAsync("Code", OutboxState.Waiting, Cancellation);
        using var reader = host.NewClient("reader");
        using var client = host.NewClient("operator");

        using var refused = await reader.GetAsync($"emails/{id}/message", Cancellation);
        using var response = await client.GetAsync($"emails/{id}/message", Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.False(await MayReadAsync(reader, id));
        Assert.True(await MayReadAsync(client, id));
        Assert.Equal("message/rfc822", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"{id}.eml", response.Content.Headers.ContentDisposition!.FileNameStar);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition.DispositionType);
        Assert.StartsWith("sandbox;", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var email = Email.FromMime(await response.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(("Code", "the secret code is 4711"), (email.Subject, email.TextBody!.TrimEnd()));
        Assert.Contains($"The message of {id} was downloaded by operator", host.Log);
        using var unknown = await client.GetAsync($"emails/{Guid.NewGuid()}/message", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Without_that_policy_nobody_downloads_a_message()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Code", OutboxState.Waiting, Cancellation);
        using var client = host.NewClient("operator");

        using var response = await client.GetAsync($"emails/{id}/message", Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(await MayReadAsync(client, id));
    }

    [Fact]
    public async Task The_policy_of_messages_does_not_replace_that_of_the_page()
    {
        await using var host = await OutboxPageHost.StartAsync("operators", messagePolicy: "readers");
        var id = await host.EnqueueAsync("Code", OutboxState.Waiting, Cancellation);
        using var client = host.NewClient("reader");

        using var response = await client.GetAsync($"emails/{id}/message", Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task What_there_is_of_a_person_is_counted_and_then_erased_in_the_name_of_the_user()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var sent = await host.EnqueueAsync("Receipt", OutboxState.Sent, Cancellation);
        var waiting = await host.EnqueueAsync("Tomorrow", OutboxState.Waiting, Cancellation);
        using var client = host.NewClient("ann");

        var counted = await client.GetFromJsonAsync<JsonElement>("erase?recipient=ANN%40example.org", Cancellation);
        using var first = await PostAsync(client, "erase?recipient=ann%40example.org", new { reason = "request 7" });
        using var second = await PostAsync(client, "erase?recipient=ann%40example.org", new { cancelWaiting = true });

        Assert.Equal("""{"erased":1,"remaining":1,"hasMore":false}""", counted.GetRawText());
        Assert.Equal(counted.GetRawText(), await first.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("""{"erased":1,"remaining":0,"hasMore":false}""", await second.Content.ReadAsStringAsync(Cancellation));
        var entry = (await host.Outbox.GetAsync(sent, Cancellation))!;
        Assert.True(entry is { IsErased: true, History: [{ By: "ann", Reason: "request 7" }] });
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(waiting, Cancellation))!.State);
    }

    [Fact]
    public async Task An_erasure_needs_a_recipient_and_the_header_of_the_page()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Receipt", OutboxState.Sent, Cancellation);
        using var client = host.NewClient("ann");

        using var counted = await client.GetAsync("erase?recipient=%20", Cancellation);
        using var everybody = await PostAsync(client, "erase", new { reason = "all" });
        using var foreign = await client.PostAsync("erase?recipient=ann%40example.org", null, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, counted.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, everybody.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.False((await host.Outbox.GetAsync(id, Cancellation))!.IsErased);
    }

    [Fact]
    public async Task A_pause_has_the_reason_that_was_given()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");

        using var paused = await PostAsync(client, "pause?lane=tenant", new { reason = " bounces " });
        using var tooLong = await PostAsync(client, "pause", new { reason = new string('x', 501) });

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.BadRequest), (paused.StatusCode, tooLong.StatusCode));
        var pause = Assert.Single(await host.Outbox.ListPausesAsync(Cancellation));
        Assert.Equal(("tenant", null, "ann", "bounces"), (pause.Lane, pause.TransporterName, pause.By, pause.Reason));
    }

    private static async Task<bool> MayReadAsync(HttpClient client, Guid id) =>
        (await client.GetFromJsonAsync<JsonElement>($"emails/{id}", Cancellation)).GetProperty("mayRead").GetBoolean();

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Outbox", "1");
        return client.SendAsync(request, Cancellation);
    }
}
