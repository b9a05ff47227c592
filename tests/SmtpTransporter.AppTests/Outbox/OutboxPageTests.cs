using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SmtpTransport.Feedback;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>The page of the outbox, by its requests.</summary>
public sealed class OutboxPageTests
{
    private static readonly string[] Paths =
    [
        "", "outbox.js", "page.js", "address.js", "list.js", "email.js", "actions.js", "lanes.js", "chart.js", "outbox.css", "status",
        "emails", "lanes", "throughput", "export?format=csv", "all/cancel", "erase?recipient=ann%40example.org",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_shows_and_does_nothing_without_authorization()
    {
        await using var host = await OutboxPageHost.StartAsync("operators");
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);
        foreach (var (user, expected) in new[] { ((string?)null, HttpStatusCode.Unauthorized), ("reader", HttpStatusCode.Forbidden) })
        {
            using var client = host.NewClient(user);
            client.DefaultRequestHeaders.Add("X-Outbox", "1");
            foreach (var path in (string[])[.. Paths, $"emails/{id}"])
                Assert.Equal(expected, (await client.GetAsync(path, Cancellation)).StatusCode);
            foreach (var path in (string[])[$"emails/{id}/cancel", $"emails/{id}/resend", $"emails/{id}/discard", $"emails/{id}/restore",
                "all/cancel", "all/resend", "all/discard", "all/restore", "pause", "resume",
                "erase?recipient=ann%40example.org"])
                Assert.Equal(expected, (await client.PostAsync(path, null, Cancellation)).StatusCode);
        }
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
        using var operators = host.NewClient("operator");
        foreach (var path in Paths)
            Assert.Equal(HttpStatusCode.OK, (await operators.GetAsync(path, Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Each_outbox_with_a_key_has_its_own_page_and_an_unknown_key_is_named()
    {
        await using var host = await OutboxPageHost.StartAsync(key: "tenant-a");
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);
        using var client = host.NewClient("operator");

        var emails = await client.GetStringAsync("emails", Cancellation);
        var unknown = Assert.Throws<InvalidOperationException>(() => host.Map("/other", "tenant-x"));

        Assert.Contains($"{id}", emails, StringComparison.Ordinal);
        Assert.Contains("AddKeyedSmtpOutbox(\"tenant-x\"", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_whose_message_was_removed_says_so_when_it_shall_be_sent_again()
    {
        await using var host = await OutboxPageHost.StartAsync();
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);
        await host.Outbox.CancelAsync(id, Cancellation);
        await host.Outbox.EraseAsync("ann@example.org", "ann", cancellationToken: Cancellation);
        using var client = host.NewClient("operator");
        client.DefaultRequestHeaders.Add("X-Outbox", "1");

        using var response = await client.PostAsync($"emails/{id}/resend", null, Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.StartsWith("The message of this email is not stored any more", text, StringComparison.Ordinal);
        Assert.Contains("\"hasMessage\":false", await client.GetStringAsync($"emails/{id}", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapOutbox_rejects_an_application_without_authorization()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSmtpTransporter(_ => new ServerOptions { Host = "127.0.0.1" });
        builder.Services.AddSmtpOutbox("Data Source=/nowhere/outbox.db");
        await using var app = builder.Build();

        var exception = Assert.Throws<InvalidOperationException>(() => app.MapOutbox());

        Assert.Contains("AddAuthorization", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapOutbox_rejects_an_application_without_an_outbox()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddAuthorization();
        await using var app = builder.Build();

        var exception = Assert.Throws<InvalidOperationException>(() => app.MapOutbox());

        Assert.Contains("AddSmtpOutbox", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_response_forbids_frames_scripts_and_caching()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        foreach (var path in Paths)
        {
            using var response = await client.GetAsync(path, Cancellation);
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(response.Headers.CacheControl!.NoStore);
        }
        using var redirect = await client.GetAsync(new Uri(host.Url), Cancellation);
        Assert.Equal((HttpStatusCode.Redirect, "/outbox/"), (redirect.StatusCode, redirect.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task An_email_is_shown_with_what_came_back_of_it()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var id = await host.EnqueueAsync("Invoice", OutboxState.Sent, Cancellation);
        var bounce = new FeedbackRecipient
        {
            Address = "ann@example.org",
            Action = FeedbackAction.Failed,
            Category = FeedbackCategory.Hard,
            ReplyCode = 550,
            Diagnostic = "5.1.1 <b>no such user</b>",
            RemoteServer = "mx.example.org",
        };
        await host.Outbox.RecordFeedbackAsync(
            new EmailFeedback { Kind = FeedbackKind.DeliveryReport, EmailId = id.ToString("D"), Recipients = [bounce] },
            cancellationToken: Cancellation);

        var view = await JsonAsync(client, $"emails/{id}");

        var recipient = view.GetProperty("recipients")[0];
        Assert.Equal("Accepted", recipient.GetProperty("state").GetString());
        var entry = view.GetProperty("history")[1];
        Assert.Equal("feedback", entry.GetProperty("by").GetString());
        Assert.All([recipient.GetProperty("report"), entry.GetProperty("reports")[0]], report => Assert.Equal(
            ("Bounced", "Hard", 550, "mx.example.org", "5.1.1 <b>no such user</b>", true),
            (report.GetProperty("kind").GetString(), report.GetProperty("category").GetString(), report.GetProperty("status").GetInt32(),
                report.GetProperty("remoteServer").GetString(), report.GetProperty("text").GetString(),
                report.GetProperty("isSigned").GetBoolean())));
    }

    [Fact]
    public async Task A_dead_letter_is_shown_with_the_servers_reply_and_resent()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 <b>no such user</b>");
        var id = await host.EnqueueAsync("Invoice 七", OutboxState.DeadLettered, Cancellation);

        var line = Assert.Single(await EmailsAsync(client, "emails?state=DeadLettered"));
        Assert.Equal("Invoice 七", line.GetProperty("subject").GetString());
        Assert.Equal("DeadLettered", line.GetProperty("state").GetString());
        Assert.Equal(1, line.GetProperty("attempts").GetInt32());
        Assert.Empty(await EmailsAsync(client, "emails?state=Sent"));
        Assert.Equal(1, (await JsonAsync(client, "status")).GetProperty("states").GetProperty("DeadLettered").GetInt32());
        var text = await client.GetStringAsync($"emails/{id}", Cancellation);
        var view = JsonDocument.Parse(text).RootElement;
        var attempt = view.GetProperty("history")[0];
        Assert.Contains("5.1.1 <b>no such user</b>", attempt.GetProperty("text").GetString(), StringComparison.Ordinal);
        var recipient = view.GetProperty("recipients")[0];
        Assert.Equal("ann@example.org", recipient.GetProperty("address").GetString());
        Assert.Equal("Refused", recipient.GetProperty("state").GetString());
        Assert.Equal(550, recipient.GetProperty("status").GetInt32());
        // The content of the email is not shown.
        Assert.DoesNotContain("4711", text, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(client, $"emails/{id}/resend")).StatusCode);
        await host.UntilAsync(id, OutboxState.Sent, Cancellation);
        Assert.Single(host.Server.Messages);
        using var late = await PostAsync(client, $"emails/{id}/resend");
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

        Assert.Equal(HttpStatusCode.OK, (await PostAsync(client, $"emails/{waits}/cancel")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(client, $"emails/{dead}/discard")).StatusCode);

        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(waits, Cancellation))!.State);
        Assert.Equal(OutboxState.Discarded, (await host.Outbox.GetAsync(dead, Cancellation))!.State);
        Assert.Empty(host.Server.Messages);
    }

    [Fact]
    public async Task An_email_that_cannot_be_decrypted_is_shown_and_can_be_discarded()
    {
        await using var host = await OutboxPageHost.StartAsync(encrypted: true);
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no");
        var dead = await host.EnqueueAsync("Dead", OutboxState.DeadLettered, Cancellation);
        await host.MakeUnreadableAsync(Cancellation);

        var line = Assert.Single(await EmailsAsync(client, "emails"));
        Assert.False(line.GetProperty("isReadable").GetBoolean());
        Assert.Equal("", line.GetProperty("subject").GetString());
        Assert.Equal(0, line.GetProperty("recipients").GetInt32());
        using var resent = await PostAsync(client, $"emails/{dead}/resend");
        Assert.Equal(HttpStatusCode.Conflict, resent.StatusCode);
        Assert.Contains("decrypted", await resent.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(client, $"emails/{dead}/discard")).StatusCode);
    }

    [Fact]
    public async Task A_search_says_that_the_key_which_it_needs_is_missing()
    {
        await using var first = await OutboxPageHost.StartAsync(encrypted: true, configure: o => o.EnableWorker = false);
        await first.EnqueueManyAsync(2, cancellationToken: Cancellation);
        await using var other = await OutboxPageHost.StartAsync(
            encrypted: true, configure: o => o.UseSqlite(first.ConnectionString).EnableWorker = false);
        using var client = other.NewClient("ann");

        foreach (var path in new[] { "emails", "all/cancel", "export" })
        {
            using var answer = await client.GetAsync(path + "?recipient=ann@example.org&format=csv", Cancellation);
            Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
            Assert.Contains("decrypted", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        Assert.Equal(2, (await EmailsAsync(client, "emails")).Count());
    }

    [Fact]
    public async Task The_page_pauses_and_resumes_the_sending()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        await PostAsync(client, "pause");
        Assert.True((await JsonAsync(client, "status")).GetProperty("isPaused").GetBoolean());
        Assert.True(await host.Outbox.IsPausedAsync(Cancellation));

        await PostAsync(client, "resume");
        await host.EnqueueAsync("Goes", OutboxState.Sent, Cancellation);
        Assert.False((await JsonAsync(client, "status")).GetProperty("isPaused").GetBoolean());
    }

    [Fact]
    public async Task The_form_of_another_site_changes_nothing()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var id = await host.EnqueueAsync("Waits", OutboxState.Waiting, Cancellation);

        var form = new FormUrlEncodedContent([]);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync($"emails/{id}/cancel", form, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("pause", null, Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.GetAsync($"emails/{id}/cancel", Cancellation)).StatusCode);

        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.False(await host.Outbox.IsPausedAsync(Cancellation));
    }

    [Fact]
    public async Task Malformed_requests_get_400_or_404()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"emails/{Guid.NewGuid()}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("emails/1", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, $"emails/{Guid.NewGuid()}/resend")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("emails?state=sent'--", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("emails?state=2", Cancellation)).StatusCode);
        foreach (var query in (string[])["olderThan=x", "newerThan=x", "after=yesterday", "endedBefore=x", "error=-1", "error=many"])
        {
            using var response = await client.GetAsync($"emails?{query}", Cancellation);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(query.Split('=')[1], await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("export?format=xml", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("export?format=csv&state=x", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("all/cancel?state=Sent", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(client, "all/resend?state=Sent")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(client, "all/erase")).StatusCode);
    }

    [Fact]
    public async Task A_long_list_has_pages_in_both_directions_and_its_end_is_one_step_away()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        await host.EnqueueManyAsync(230, cancellationToken: Cancellation);

        var first = await JsonAsync(client, "emails?state=Waiting");
        var second = await JsonAsync(client, $"emails?state=Waiting&olderThan={Ids(first)[^1]}");
        var third = await JsonAsync(client, $"emails?state=Waiting&olderThan={Ids(second)[^1]}");
        var end = await JsonAsync(client, "emails?state=Waiting&end=oldest");
        var back = await JsonAsync(client, $"emails?state=Waiting&newerThan={Ids(third)[0]}");

        Assert.Equal([(100, false, true), (100, true, true), (30, true, false)], new[] { first, second, third }.Select(Shape));
        Assert.Equal(230, Ids(first).Concat(Ids(second)).Concat(Ids(third)).Distinct().Count());
        Assert.Equal((100, true, false), Shape(end));
        Assert.Equal(Ids(second)[^70..].Concat(Ids(third)), Ids(end));
        Assert.Equal(Ids(second), Ids(back));

        static List<string?> Ids(JsonElement page) =>
            [.. page.GetProperty("emails").EnumerateArray().Select(m => m.GetProperty("id").GetString())];

        static (int, bool, bool) Shape(JsonElement page) =>
            (Ids(page).Count, page.GetProperty("hasNewer").GetBoolean(), page.GetProperty("hasOlder").GetBoolean());
    }

    private static async Task<IEnumerable<JsonElement>> EmailsAsync(HttpClient client, string path) =>
        (await JsonAsync(client, path)).GetProperty("emails").EnumerateArray();

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("X-Outbox", "1");
        return client.SendAsync(request, Cancellation);
    }
}
