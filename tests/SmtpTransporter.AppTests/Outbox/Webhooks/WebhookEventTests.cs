using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.AppTests.Outbox;

/// <summary>Each event becomes the feedback that a report by email becomes.</summary>
public sealed class WebhookEventTests
{
    private const string Address = "ann@example.org";
    private const string MessageId = "order-17@example.com";

    public static TheoryData<string> Services => [.. WebhookSender.Names];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task A_hard_bounce_has_the_words_the_codes_the_remedy_and_the_email(string service)
    {
        await using var host = await WebhookHost.StartAsync();

        var feedback = await host.ReadAsync(service, host.Sender(service).Bounce(Address, MessageId, host.Now));

        var recipient = Assert.Single(feedback.Recipients);
        Assert.Equal((FeedbackKind.DeliveryReport, true, host.Now), (feedback.Kind, feedback.IsBounce, feedback.Date));
        Assert.Equal(
            (Address, FeedbackAction.Failed, FeedbackCategory.Hard, FeedbackConfidence.High, new EnhancedStatus(5, 1, 1), 550),
            (recipient.Address, recipient.Action, recipient.Category, recipient.Confidence, recipient.Status!.Value, recipient.ReplyCode));
        Assert.Contains("5.1.1 No such user here", recipient.Diagnostic, StringComparison.Ordinal);
        Assert.NotNull(recipient.Explanation);
        Assert.Equal((MessageId, null), (feedback.Original.MessageId, feedback.EmailId));
        Assert.NotNull(feedback.Reporter);
    }

    [Theory]
    [InlineData("Bounce", "bounceType", "Permanent", "Suppressed", "", FeedbackCategory.Hard, FeedbackConfidence.High)]
    [InlineData("Bounce", "bounceType", "Permanent", "NoEmail", "", FeedbackCategory.Hard, FeedbackConfidence.High)]
    [InlineData("Bounce", "bounceType", "Permanent", "General", "", FeedbackCategory.Hard, FeedbackConfidence.Medium)]
    [InlineData(
        "Bounce", "bounceType", "Permanent", "OnAccountSuppressionList", "smtp; 550 5.1.1 It is on the list", FeedbackCategory.Policy,
        FeedbackConfidence.Medium)]
    [InlineData(
        "Bounce", "bounceType", "Permanent", "General", "smtp; 550 5.7.1 Message rejected as spam", FeedbackCategory.Policy,
        FeedbackConfidence.Medium)]
    [InlineData("Bounce", "bounceType", "Transient", "MailboxFull", "", FeedbackCategory.MailboxFull, FeedbackConfidence.Medium)]
    [InlineData("Bounce", "bounceType", "Transient", "MessageTooLarge", "", FeedbackCategory.Policy, FeedbackConfidence.Medium)]
    [InlineData(
        "Bounce", "bounceType", "Transient", "General", "smtp; 550 5.1.1 User unknown", FeedbackCategory.Soft, FeedbackConfidence.Medium)]
    [InlineData("Bounce", "bounceType", "Undetermined", "Undetermined", "", FeedbackCategory.Soft, FeedbackConfidence.Low)]
    public async Task The_class_of_Amazon_counts_where_the_words_say_nothing(
        string type, string name, string value, string detail, string words, FeedbackCategory category, FeedbackConfidence confidence)
    {
        await using var host = await WebhookHost.StartAsync();

        var feedback = await host.ReadAsync("ses", $$$$"""
            {"eventType":"{{{{type}}}}","mail":{},"bounce":{"{{{{name}}}}":"{{{{value}}}}","bounceSubType":"{{{{detail}}}}",
             "bouncedRecipients":[{"emailAddress":"Ann <{{{{Address}}}}>","diagnosticCode":"{{{{words}}}}"},
             {"emailAddress":"bob@example.org"}]}}
            """);

        Assert.Equal(["ann@example.org", "bob@example.org"], feedback.Recipients.Select(r => r.Address));
        Assert.Equal((category, confidence), (feedback.Recipients[0].Category, feedback.Recipients[0].Confidence));
    }

    [Fact]
    public async Task An_automatic_reply_that_Amazon_calls_a_bounce_is_none()
    {
        await using var host = await WebhookHost.StartAsync();

        var feedback = await host.ReadAsync("ses", $$$$"""
            {"notificationType":"Bounce","bounce":{"bounceType":"Transient","bounceSubType":"General",
             "bouncedRecipients":[{"emailAddress":"{{{{Address}}}}"}],"timestamp":"2026-11-30T11:00:00.000Z"},"mail":{}}
            """);

        Assert.Equal((FeedbackKind.AutomaticReply, false), (feedback.Kind, feedback.IsBounce));
        Assert.Equal((Address, null), (feedback.Recipients[0].Address, feedback.Recipients[0].Action));
    }

    [Theory]
    [InlineData("sendgrid", """[{"event":"bounce","email":"ann@example.org","reason":"550 5.1.1 No \ud83d","\ud83d":1}]""")]
    [InlineData("ses", """
        {"eventType":"Delivery","\ud83d":1,"mail":{"tags":{"\ud83d":["1"]}},
         "delivery":{"recipients":["ann@example.org"],"smtpResponse":"250 \ud83d"}}
        """)]
    public async Task A_character_that_a_service_has_cut_in_half_spoils_nothing_else(string service, string json)
    {
        await using var host = await WebhookHost.StartAsync();

        var recipient = Assert.Single((await host.ReadAsync(service, json)).Recipients);

        Assert.Equal((Address, ""), (recipient.Address, recipient.Diagnostic));
    }

    [Theory]
    [InlineData("sendgrid", """[{"event":"dropped","email":"ann@example.org","reason":"Invalid","timestamp":TIME}]""")]
    [InlineData("mailgun", """{"event":"rejected","recipient":"ann@example.org","timestamp":TIME}""")]
    public async Task Events_without_an_id_are_told_apart(string service, string json)
    {
        await using var host = await WebhookHost.StartAsync();

        foreach (var time in (string[])["1764500000", "1764500001", "1764500000"])
        {
            var status = await host.SendAsync(service, json.Replace("TIME", time, StringComparison.Ordinal));
            Assert.Equal(System.Net.HttpStatusCode.OK, status);
        }

        Assert.Equal(2, host.Recorded.Select(r => r.Id).Distinct().Count());
    }

    [Fact]
    public async Task Amazon_says_of_delays_deliveries_and_complaints_in_both_forms()
    {
        var tokens = new FeedbackTokens(new byte[32]);
        await using var host = await WebhookHost.StartAsync(o => o.Tokens = tokens);
        var mail = $$$$"""
            {"source":"{{{{tokens.CreateReturnPath("bounces@example.com", "order-17")}}}}","tags":{"ses:from-domain":["example.com"]}}
            """;

        var delay = await host.ReadAsync("ses", $$$$"""
            {"eventType":"DeliveryDelay","mail":{{{{mail}}}},"deliveryDelay":{"timestamp":"2026-11-30T11:00:00.000Z",
             "delayType":"MailboxFull","expirationTime":"2026-12-01T11:00:00.000Z","reportingMTA":"a48-1.smtp-out.example.com",
             "delayedRecipients":[{"emailAddress":"{{{{Address}}}}","status":"4.2.2","diagnosticCode":"smtp; 452 4.2.2 Mailbox full"}]}}
            """);
        var delivery = await host.ReadAsync("ses", $$$$"""
            {"notificationType":"Delivery","mail":{{{{mail}}}},"delivery":{"timestamp":"2026-11-30T11:00:00.000Z",
             "processingTimeMillis":546,"recipients":["{{{{Address}}}}"],"smtpResponse":"250 2.6.0 Message received",
             "remoteMtaIp":"192.0.2.1"}}
            """);
        var complaint = await host.ReadAsync("ses", $$$$"""
            {"eventType":"Complaint","mail":{{{{mail}}}},"complaint":{"complainedRecipients":[{"emailAddress":"{{{{Address}}}}"}],
             "complaintFeedbackType":"abuse","complaintSubType":null,"timestamp":"2026-11-30T11:00:00.000Z"}}
            """);
        var unclear = await host.ReadAsync("ses", $$$$"""
            {"notificationType":"Complaint","mail":{{{{mail}}}},"complaint":{"complainedRecipients":[{"emailAddress":"{{{{Address}}}}"},
             {"emailAddress":"bob@example.org"}]}}
            """);
        var praise = await host.ReadAsync("ses", $$$$"""
            {"notificationType":"Complaint","mail":{{{{mail}}}},"complaint":{"complaintFeedbackType":"not-spam","complainedRecipients":[]}}
            """);

        Assert.All([delay, delivery, complaint, unclear, praise], f => Assert.Equal("order-17", f.EmailId));
        var late = Assert.Single(delay.Recipients);
        Assert.Equal(
            (FeedbackAction.Delayed, FeedbackCategory.MailboxFull, 452, new DateTimeOffset(2026, 12, 1, 11, 0, 0, TimeSpan.Zero)),
            (late.Action, late.Category, late.ReplyCode, late.WillRetryUntil));
        var there = Assert.Single(delivery.Recipients);
        Assert.Equal(
            (FeedbackAction.Delivered, FeedbackCategory.NotFailure, 250, "192.0.2.1"),
            (there.Action, there.Category, there.ReplyCode, there.RemoteServer));
        Assert.Equal((FeedbackKind.Complaint, "abuse"), (complaint.Kind, complaint.Detail));
        Assert.Equal(Address, Assert.Single(complaint.Recipients).Address);
        // Nobody knows who of them it was.
        Assert.Equal((FeedbackKind.Complaint, 0), (unclear.Kind, unclear.Recipients.Count));
        Assert.Equal(FeedbackKind.OtherReport, praise.Kind);
    }

    [Theory]
    [InlineData(
        """{"event":"deferred","response":"451 4.7.1 Greylisted","attempt":"5"}""", FeedbackAction.Delayed, FeedbackCategory.Soft, 451)]
    [InlineData("""{"event":"delivered","response":"250 2.0.0 OK"}""", FeedbackAction.Delivered, FeedbackCategory.NotFailure, 250)]
    [InlineData(
        """{"event":"bounce","type":"blocked","reason":"550 5.7.1 Blocked by a list of senders"}""", FeedbackAction.Failed,
        FeedbackCategory.Policy, 550)]
    [InlineData("""{"event":"bounce","type":"bounce","reason":""}""", FeedbackAction.Failed, FeedbackCategory.Hard, 0)]
    [InlineData(
        """{"event":"bounce","type":"blocked","reason":"550 5.1.1 User unknown"}""", FeedbackAction.Failed, FeedbackCategory.Blocked, 550)]
    [InlineData(
        """{"event":"bounce","bounce_classification":"Mailbox Unavailable","reason":""}""",
        FeedbackAction.Failed, FeedbackCategory.Soft, 0)]
    [InlineData(
        """{"event":"bounce","type":"bounce","bounce_classification":"Technical","reason":"550 5.1.1 User unknown"}""",
        FeedbackAction.Failed, FeedbackCategory.Hard, 550)]
    [InlineData("""{"event":"dropped","reason":"Bounced Address"}""", FeedbackAction.Failed, FeedbackCategory.Hard, 0)]
    [InlineData("""{"event":"dropped","reason":"Unsubscribed Address"}""", FeedbackAction.Failed, FeedbackCategory.Policy, 0)]
    public async Task SendGrid_says_what_became_of_an_email(string json, FeedbackAction action, FeedbackCategory category, int code)
    {
        await using var host = await WebhookHost.StartAsync();

        var feedback = await host.ReadAsync("sendgrid", $"[{{\"email\":\"{Address}\",{json[1..]}]");

        var recipient = Assert.Single(feedback.Recipients);
        Assert.Equal((FeedbackKind.DeliveryReport, action, code), (feedback.Kind, recipient.Action, recipient.ReplyCode));
        Assert.Equal(category, recipient.Category);
    }

    [Theory]
    [InlineData("spamreport", FeedbackKind.Complaint)]
    [InlineData("unsubscribe", FeedbackKind.Unsubscribe)]
    [InlineData("group_unsubscribe", FeedbackKind.Unsubscribe)]
    [InlineData("group_resubscribe", null)]
    [InlineData("open", null)]
    [InlineData("new", null)]
    public async Task SendGrid_says_what_a_recipient_wants(string name, FeedbackKind? kind)
    {
        var id = Guid.NewGuid();
        await using var host = await WebhookHost.StartAsync();
        var json = $$$$"""[{"event":"{{{{name}}}}","email":"{{{{Address}}}}","email-id":"{{{{id:N}}}}","asm_group_id":1}]""";
        if (kind is null)
        {
            Assert.Equal(System.Net.HttpStatusCode.OK, await host.SendAsync("sendgrid", json));
            Assert.Empty(host.Recorded);
            return;
        }

        var feedback = await host.ReadAsync("sendgrid", json);

        Assert.Equal((kind, id.ToString("D")), (feedback.Kind, feedback.EmailId));
        var recipient = Assert.Single(feedback.Recipients);
        Assert.Equal((Address, FeedbackConfidence.High), (recipient.Address, recipient.Confidence));
    }

    [Theory]
    [InlineData(
        """{"event":"failed","severity":"temporary","delivery-status":{"code":"421","message":"4.7.0 Try again later"}}""",
        FeedbackAction.Delayed, FeedbackCategory.Soft, 421)]
    [InlineData(
        """{"event":"failed","severity":"permanent","reason":"suppress-bounce","delivery-status":{"code":605,"message":""}}""",
        FeedbackAction.Failed, FeedbackCategory.Hard, 0)]
    [InlineData(
        """{"event":"failed","severity":"permanent","reason":"generic","delivery-status":{"code":550,"message":"No"}}""",
        FeedbackAction.Failed, FeedbackCategory.Soft, 550)]
    [InlineData(
        """{"event":"failed","severity":"permanent","reason":"old","delivery-status":{"code":602,"message":"Too old"}}""",
        FeedbackAction.Failed, FeedbackCategory.Soft, 0)]
    [InlineData("""{"event":"rejected","reject":{"reason":"Sandbox"}}""", FeedbackAction.Failed, FeedbackCategory.Policy, 0)]
    [InlineData(
        """{"event":"delivered","delivery-status":{"code":250,"message":"OK","mx-host":"mx.example.org"}}""",
        FeedbackAction.Delivered, FeedbackCategory.NotFailure, 250)]
    [InlineData("""{"event":"complained"}""", null, FeedbackCategory.NotFailure, 0)]
    [InlineData("""{"event":"unsubscribed","delivery-status":"none","message":[]}""", null, FeedbackCategory.NotFailure, 0)]
    public async Task Mailgun_says_what_became_of_an_email(string json, FeedbackAction? action, FeedbackCategory category, int code)
    {
        var tokens = new FeedbackTokens(new byte[32]);
        await using var host = await WebhookHost.StartAsync(o => (o.Tokens, o.MetadataName) = (tokens, "order"));

        var feedback = await host.ReadAsync(
            "mailgun", $"{{\"recipient\":\"{Address}\",\"user-variables\":{{\"ORDER\":\"{tokens.CreateToken("17")}\"}},{json[1..]}");

        var recipient = Assert.Single(feedback.Recipients);
        Assert.Equal((action, code, "17"), (recipient.Action, recipient.ReplyCode, feedback.EmailId));
        Assert.Equal(category, recipient.Category);
        Assert.Equal(
            json.Contains("complained", StringComparison.Ordinal) ? FeedbackKind.Complaint
                : json.Contains("unsub", StringComparison.Ordinal) ? FeedbackKind.Unsubscribe : FeedbackKind.DeliveryReport,
            feedback.Kind);
    }

    [Theory]
    [InlineData("Bounce", "\"Type\":\"SoftBounce\"", FeedbackKind.DeliveryReport, FeedbackAction.Failed, FeedbackCategory.Soft)]
    [InlineData("Bounce", "\"Type\":\"Transient\"", FeedbackKind.DeliveryReport, FeedbackAction.Delayed, FeedbackCategory.Soft)]
    [InlineData("Bounce", "\"Type\":\"Blocked\"", FeedbackKind.DeliveryReport, FeedbackAction.Failed, FeedbackCategory.Blocked)]
    [InlineData("Bounce", "\"Type\":\"SpamNotification\"", FeedbackKind.DeliveryReport, FeedbackAction.Failed, FeedbackCategory.Policy)]
    [InlineData("Bounce", "\"Type\":\"BadEmailAddress\"", FeedbackKind.DeliveryReport, FeedbackAction.Failed, FeedbackCategory.Hard)]
    [InlineData("Bounce", "\"Type\":\"Unsubscribe\"", FeedbackKind.Unsubscribe, null, FeedbackCategory.NotFailure)]
    [InlineData("Bounce", "\"Type\":\"AutoResponder\"", FeedbackKind.AutomaticReply, null, FeedbackCategory.NotFailure)]
    [InlineData("SpamComplaint", "\"Type\":\"SpamComplaint\"", FeedbackKind.Complaint, null, FeedbackCategory.NotFailure)]
    [InlineData("Delivery", "\"Details\":\"250 OK\"", FeedbackKind.DeliveryReport, FeedbackAction.Delivered, FeedbackCategory.NotFailure)]
    [InlineData(
        "SubscriptionChange", "\"SuppressSending\":true,\"SuppressionReason\":\"ManualSuppression\",\"Origin\":\"Recipient\"",
        FeedbackKind.Unsubscribe, null, FeedbackCategory.NotFailure)]
    public async Task Postmark_says_what_became_of_an_email(
        string type, string members, FeedbackKind kind, FeedbackAction? action, FeedbackCategory category)
    {
        await using var host = await WebhookHost.StartAsync();

        var feedback = await host.ReadAsync("postmark", Postmark(host, type, members));

        var recipient = Assert.Single(feedback.Recipients);
        Assert.Equal((kind, Address, action, host.Now), (feedback.Kind, recipient.Address, recipient.Action, feedback.Date));
        Assert.Equal(category, recipient.Category);
    }

    [Theory]
    [InlineData("SubscriptionChange", "\"SuppressSending\":false,\"SuppressionReason\":null,\"Origin\":\"Recipient\"")]
    [InlineData("SubscriptionChange", "\"SuppressSending\":true,\"SuppressionReason\":\"HardBounce\",\"Origin\":\"Recipient\"")]
    [InlineData("SubscriptionChange", "\"SuppressSending\":true,\"SuppressionReason\":\"ManualSuppression\",\"Origin\":\"Admin\"")]
    [InlineData("Open", "\"FirstOpen\":true")]
    [InlineData("New", "\"Type\":7")]
    public async Task What_Postmark_says_of_itself_is_accepted_and_not_recorded(string type, string members)
    {
        await using var host = await WebhookHost.StartAsync();

        Assert.Equal(System.Net.HttpStatusCode.OK, await host.SendAsync("postmark", Postmark(host, type, members)));
        Assert.Empty(host.Recorded);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Text_from_outside_has_no_control_characters_and_a_limit(string service)
    {
        await using var host = await WebhookHost.StartAsync();
        var json = host.Sender(service).Bounce(Address, MessageId, host.Now)
            .Replace("No such user here", $"No\\u0000\\r\\nsuch \\u202e{new string('x', 5000)}", StringComparison.Ordinal);

        var recipient = Assert.Single((await host.ReadAsync(service, json)).Recipients);

        Assert.InRange(recipient.Diagnostic.Length, 100, 1000);
        Assert.DoesNotContain(recipient.Diagnostic, char.IsControl);
    }

    private static string Postmark(WebhookHost host, string type, string members) => $$$$"""
        {"RecordType":"{{{{type}}}}","ID":1,{{{{members}}}},"Metadata":{},
         "{{{{(type is "Bounce" or "SpamComplaint" ? "Email" : "Recipient")}}}}":"{{{{Address}}}}",
         "BouncedAt":"{{{{host.Now:O}}}}","DeliveredAt":"{{{{host.Now:O}}}}","ChangedAt":"{{{{host.Now:O}}}}"}
        """;
}
