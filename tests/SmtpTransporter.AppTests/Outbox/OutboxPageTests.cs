using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

public sealed class OutboxPageTests
{
    private static readonly string[] Paths = ["", "outbox.js", "outbox.css", "counts", "mails"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_shown_or_done_without_authorisation()
    {
        await using var host = await OutboxPageHost.StartAsync("operators");
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);
        foreach (var (user, expected) in new[] { ((string?)null, HttpStatusCode.Unauthorized), ("reader", HttpStatusCode.Forbidden) })
        {
            using var client = host.NewClient(user);
            client.DefaultRequestHeaders.Add("X-Outbox", "1");
            foreach (var path in (string[])[.. Paths, $"mails/{id}"])
                Assert.Equal(expected, (await client.GetAsync(path, Cancellation)).StatusCode);
            foreach (var path in (string[])[$"mails/{id}/cancel", $"mails/{id}/resend", $"mails/{id}/discard", "pause", "resume"])
                Assert.Equal(expected, (await client.PostAsync(path, null, Cancellation)).StatusCode);
        }
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        using var operators = host.NewClient("operator");
        foreach (var path in Paths)
            Assert.Equal(HttpStatusCode.OK, (await operators.GetAsync(path, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task An_application_without_authorisation_does_not_start_with_the_page()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
        builder.Services.AddSmtpOutbox("Data Source=/nowhere/outbox.db");
        await using var app = builder.Build();

        Assert.Contains("AddAuthorization", Assert.Throws<InvalidOperationException>(() => app.MapOutbox()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_without_an_outbox_is_told_so()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddAuthorization();
        await using var app = builder.Build();

        Assert.Contains("AddSmtpOutbox", Assert.Throws<InvalidOperationException>(() => app.MapOutbox()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_forbids_frames_scripts_and_copies()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        foreach (var path in Paths)
        {
            using var answer = await client.GetAsync(path, Cancellation);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(answer.Headers.CacheControl!.NoStore);
        }
        using var redirect = await client.GetAsync(new Uri(host.Url), Cancellation);
        Assert.Equal((HttpStatusCode.Redirect, "/outbox/"), (redirect.StatusCode, redirect.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task A_dead_letter_is_shown_with_the_servers_words_and_sent_again()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 <b>no such user</b>");
        var id = await host.EnqueueAsync("Invoice 七", OutboxState.DeadLettered, Cancellation);

        var list = await JsonAsync(client, "mails?state=DeadLettered");
        var line = Assert.Single(list.EnumerateArray());
        Assert.Equal(("Invoice 七", "DeadLettered", 1), (line.GetProperty("subject").GetString(), line.GetProperty("state").GetString(), line.GetProperty("tries").GetInt32()));
        Assert.Empty((await JsonAsync(client, "mails?state=Sent")).EnumerateArray());
        Assert.Equal(1, (await JsonAsync(client, "counts")).GetProperty("states").GetProperty("DeadLettered").GetInt32());
        var text = await client.GetStringAsync($"mails/{id}", Cancellation);
        var view = JsonDocument.Parse(text).RootElement;
        Assert.Contains("5.1.1 <b>no such user</b>", view.GetProperty("history")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        var recipient = view.GetProperty("recipients")[0];
        Assert.Equal(("ann@example.org", "Refused", 550), (recipient.GetProperty("address").GetString(), recipient.GetProperty("state").GetString(), recipient.GetProperty("status").GetInt32()));
        // What the mail says is not shown.
        Assert.DoesNotContain("4711", text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(client, $"mails/{id}/resend")).StatusCode);
        await host.UntilAsync(id, OutboxState.Sent, Cancellation);
        Assert.Single(host.Server.Messages);
        using var late = await PostAsync(client, $"mails/{id}/resend");
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("Sent", await late.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_waiting_email_is_canceled_and_a_dead_letter_discarded()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var waits = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no");
        var dead = await host.EnqueueAsync("Dead", OutboxState.DeadLettered, Cancellation);

        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(client, $"mails/{waits}/cancel")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(client, $"mails/{dead}/discard")).StatusCode);

        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(waits, Cancellation))!.State);
        Assert.Equal(OutboxState.Discarded, (await host.Outbox.GetAsync(dead, Cancellation))!.State);
        Assert.Empty(host.Server.Messages);
    }

    [Fact]
    public async Task An_email_whose_key_is_lost_is_shown_and_can_be_discarded()
    {
        await using var host = await OutboxPageHost.StartAsync(encrypted: true);
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no");
        var dead = await host.EnqueueAsync("Dead", OutboxState.DeadLettered, Cancellation);
        await using (var connection = new SqliteConnection(host.ConnectionString))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE smtp_outbox SET envelope = x'00'";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        var line = Assert.Single((await JsonAsync(client, "mails")).EnumerateArray());
        Assert.Equal((false, "", 0), (line.GetProperty("isReadable").GetBoolean(), line.GetProperty("subject").GetString(), line.GetProperty("recipients").GetInt32()));
        using var resent = await PostAsync(client, $"mails/{dead}/resend");
        Assert.Equal(HttpStatusCode.Conflict, resent.StatusCode);
        Assert.Contains("decrypted", await resent.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(client, $"mails/{dead}/discard")).StatusCode);
    }

    [Fact]
    public async Task The_sending_is_paused_and_resumed()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        await PostAsync(client, "pause");
        Assert.True((await JsonAsync(client, "counts")).GetProperty("isPaused").GetBoolean());
        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));

        await PostAsync(client, "resume");
        await host.EnqueueAsync("Goes", OutboxState.Sent, Cancellation);
        Assert.False((await JsonAsync(client, "counts")).GetProperty("isPaused").GetBoolean());
    }

    [Fact]
    public async Task Another_sites_form_changes_nothing()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync($"mails/{id}/cancel", new FormUrlEncodedContent([]), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("pause", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.GetAsync($"mails/{id}/cancel", Cancellation)).StatusCode);

        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
    }

    [Fact]
    public async Task Rubbish_is_answered()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"mails/{Guid.NewGuid()}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("mails/1", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, $"mails/{Guid.NewGuid()}/resend")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("mails?state=sent'--", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("mails?state=2", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("mails?before=x", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_long_list_comes_in_pages()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var emails = Enumerable.Range(0, 130).Select(n => new OutboxEmail(new Email { From = "a@example.com", To = "b@example.org", Subject = $"{n}", TextBody = "x" }) { SendAt = DateTimeOffset.UtcNow.AddDays(1) });
        await host.Outbox.EnqueueManyAsync(emails, cancellationToken: Cancellation);

        var first = (await JsonAsync(client, "mails")).EnumerateArray().Select(m => m.GetProperty("subject").GetString()).ToList();
        var last = (await JsonAsync(client, "mails")).EnumerateArray().Last().GetProperty("id").GetString();
        var second = (await JsonAsync(client, $"mails?state=Waiting&before={last}")).EnumerateArray().Select(m => m.GetProperty("subject").GetString()).ToList();

        Assert.Equal((100, 30), (first.Count, second.Count));
        Assert.Equal(130, first.Union(second).Count());
    }

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path) => JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("X-Outbox", "1");
        return client.SendAsync(request, Cancellation);
    }
}
