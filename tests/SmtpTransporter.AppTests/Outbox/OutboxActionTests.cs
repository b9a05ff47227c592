using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using CsvHelper;
using SmtpTransport.Outbox;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>Search, actions and export of the outbox's page, by its requests.</summary>
public sealed class OutboxActionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_filter_of_the_address_finds_the_email_and_leaves_others_out()
    {
        await using var host = await OutboxPageHost.StartAsync(configure: o => o.EnableWorker = false);
        using var client = host.NewClient("ann");
        var email = new Email { From = "a@example.com", To = "bob@example.org", Subject = "Invoice 17", TextBody = "x" };
        email.MessageId = "<17@x.example>";
        var id = await host.Outbox.EnqueueAsync(email, idempotencyKey: "order 17", lane: "tenant", cancellationToken: Cancellation);
        await host.EnqueueManyAsync(3, "other", Cancellation);
        string[] queries =
        [
            "recipient=BOB@example.org", "subject=invoice", "messageId=17%40x.example", "key=order%2017", "lane=tenant",
            "recipient=bob@example.org&transporter=&after=2020-01-01&before=2999-01-01T00:00Z",
        ];

        foreach (var query in queries)
        {
            Assert.Equal([$"{id}"], await FindAsync(client, query));
            Assert.Empty(await FindAsync(client, query + "&error=550"));
            Assert.Empty(await FindAsync(client, query + "&decidedBy=ann"));
            Assert.Empty(await FindAsync(client, query + "&endedAfter=2020-01-01"));
            Assert.Empty(await FindAsync(client, query + "&state=Sent"));
            Assert.Single(await FindAsync(client, query + "&state=Sent&state=Waiting"));
        }
        Assert.Equal(4, (await FindAsync(client, "recipient=&subject=+")).Count);
        Assert.Empty(await FindAsync(client, "lane="));
    }

    [Fact]
    public async Task All_that_match_are_canceled_by_the_user_with_a_reason_and_undone_exactly()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var ids = await host.EnqueueManyAsync(130, "tenant", Cancellation);
        var others = await host.EnqueueManyAsync(2, "other", Cancellation);
        var earlier = await host.EnqueueManyAsync(1, "tenant", Cancellation);
        Assert.True(await host.Outbox.CancelAsync(earlier[0], Cancellation));

        var count = await JsonAsync(client, "all/cancel?lane=tenant");
        Assert.Equal((130, false), (count.GetProperty("count").GetInt32(), count.GetProperty("hasMore").GetBoolean()));
        Assert.Equal(["Waiting"], count.GetProperty("states").EnumerateArray().Select(s => s.GetString()));
        var done = await PostAsync(client, "all/cancel?lane=tenant", new { reason = " wrong list " });

        Assert.Equal(130, done.GetProperty("changed").GetInt32());
        await host.Outbox.RestoreAsync(new OutboxQuery { Ids = [ids[18]] }, "ann", cancellationToken: Cancellation);
        await host.Outbox.CancelAsync(new OutboxQuery { Ids = [ids[18]] }, "bob", cancellationToken: Cancellation);
        var canceled = (await host.Outbox.GetAsync(ids[17], Cancellation))!;
        Assert.Equal(OutboxState.Canceled, canceled.State);
        Assert.Equal(("ann", "wrong list"), (canceled.History[^1].By, canceled.History[^1].Reason));
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(others[0], Cancellation))!.State);
        Assert.Equal(0, (await JsonAsync(client, "all/cancel?lane=tenant")).GetProperty("count").GetInt32());

        var undone = await PostAsync(client, done.GetProperty("undo").GetString()!, new { reason = "undone" });
        Assert.Equal((129, JsonValueKind.Null), (undone.GetProperty("changed").GetInt32(), undone.GetProperty("undo").ValueKind));
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(ids[129], Cancellation))!.State);
        // Somebody else canceled it meanwhile.
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(ids[18], Cancellation))!.State);
        // It was canceled before.
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(earlier[0], Cancellation))!.State);
    }

    [Fact]
    public async Task Dead_letters_of_a_code_are_resent_and_parked_emails_only_if_they_are_named()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(2).Reply(554, "5.7.1 blocked");
        var first = await host.EnqueueAsync("First", OutboxState.DeadLettered, Cancellation);
        var second = await host.EnqueueAsync("Second", OutboxState.DeadLettered, Cancellation);
        Assert.Equal(0, (await JsonAsync(client, "all/resend?error=550")).GetProperty("count").GetInt32());
        Assert.Equal(["DeadLettered"], (await JsonAsync(client, "all/resend?error=554")).GetProperty("states").EnumerateArray()
            .Select(s => s.GetString()));

        var done = await PostAsync(client, "all/resend?error=554&endedAfter=2020-01-01", new { });

        Assert.Equal((2, JsonValueKind.Null), (done.GetProperty("changed").GetInt32(), done.GetProperty("undo").ValueKind));
        await host.UntilAsync(first, OutboxState.Sent, Cancellation);
        await host.UntilAsync(second, OutboxState.Sent, Cancellation);
        Assert.Equal(["Unknown"], (await JsonAsync(client, "all/resend?state=Unknown")).GetProperty("states").EnumerateArray()
            .Select(s => s.GetString()));
    }

    [Fact]
    public async Task One_email_is_discarded_with_user_and_reason_and_restored()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no");
        var id = await host.EnqueueAsync("Dead", OutboxState.DeadLettered, Cancellation);

        var done = await PostAsync(client, $"emails/{id}/discard", new { reason = "typo" });

        Assert.Equal($"emails/{id}/restore", done.GetProperty("undo").GetString());
        Assert.Equal("DeadLettered: discarded by ann (typo).", (await host.Outbox.GetAsync(id, Cancellation))!.History[^1].Text);
        await PostAsync(client, done.GetProperty("undo").GetString()!, new { });
        Assert.Equal(OutboxState.DeadLettered, (await host.Outbox.GetAsync(id, Cancellation))!.State);
    }

    [Fact]
    public async Task An_action_takes_only_JSON_of_the_page_and_a_reason_of_500_characters()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        var id = (await host.EnqueueManyAsync(1, cancellationToken: Cancellation))[0];

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(Json("{}"), isFromPage: false));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync(new FormUrlEncodedContent([new("reason", "x")])));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync(new StringContent("""{"reason":"x"}""")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(Json("""{"reason":""")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(Json($$"""{"reason":"{{new string('x', 501)}}"}""")));
        Assert.Equal(OutboxState.Waiting, (await host.Outbox.GetAsync(id, Cancellation))!.State);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(Json($$"""{"reason":"{{new string('x', 500)}}"}""")));
        Assert.Equal(OutboxState.Canceled, (await host.Outbox.GetAsync(id, Cancellation))!.State);

        static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

        async Task<HttpStatusCode> StatusAsync(HttpContent content, bool isFromPage = true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "all/cancel") { Content = content };
            if (isFromPage)
                request.Headers.Add("X-Outbox", "1");
            using var response = await client.SendAsync(request, Cancellation);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task All_that_match_are_exported_as_JSON_and_CSV_with_their_histories_and_without_content()
    {
        await using var host = await OutboxPageHost.StartAsync();
        using var client = host.NewClient("ann");
        await host.EnqueueManyAsync(450, "tenant", Cancellation);
        host.Server.Script.On(SmtpStep.RcptTo).Times(1).Reply(550, "5.1.1 no such user");
        var id = await host.EnqueueAsync("=1+1, \"七\"", OutboxState.DeadLettered, Cancellation);

        var all = await JsonAsync(client, "export?format=json");
        Assert.Equal(451, all.GetArrayLength());
        var subjects = all.EnumerateArray().Select(e => e.GetProperty("subject").GetString()).ToList();
        Assert.Equal(("=1+1, \"七\"", 451), (subjects[^1], subjects.Distinct().Count()));
        using var response = await client.GetAsync("export?format=json&state=DeadLettered", Cancellation);
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition!.DispositionType);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.DoesNotContain("4711", text, StringComparison.Ordinal);
        var dead = Assert.Single(JsonDocument.Parse(text).RootElement.EnumerateArray());
        Assert.Equal($"{id}", dead.GetProperty("id").GetString());
        var attempt = dead.GetProperty("history")[0];
        Assert.Contains("no such user", attempt.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.NotEqual("", attempt.GetProperty("explanation").GetProperty("remedy").GetString());

        using var csv = new CsvReader(
            new StringReader(await client.GetStringAsync("export?format=csv&recipient=ann@example.org", Cancellation)),
            CultureInfo.InvariantCulture);
        Assert.True(await csv.ReadAsync() && csv.ReadHeader() && await csv.ReadAsync());
        // A spreadsheet takes it for a text.
        Assert.Equal("'=1+1, \"七\"", csv["subject"]);
        Assert.Equal(("DeadLettered", "550", "ann@example.org"), (csv["state"], csv["lastStatus"], csv["recipients"]));
        Assert.False(await csv.ReadAsync());
        var lines = await client.GetStringAsync("export?format=csv&lane=tenant", Cancellation);
        Assert.Equal(451, lines.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static async Task<List<string?>> FindAsync(HttpClient client, string query) =>
    [
        .. (await JsonAsync(client, $"emails?{query}")).GetProperty("emails").EnumerateArray().Select(m => m.GetProperty("id").GetString()),
    ];

    private static async Task<JsonElement> JsonAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path, Cancellation)).RootElement;

    private static async Task<JsonElement> PostAsync<T>(HttpClient client, string path, T body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("X-Outbox", "1");
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }
}
