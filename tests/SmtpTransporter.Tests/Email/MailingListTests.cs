using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the fields of mailing lists, and read receipts.</summary>
public sealed class MailingListTests : SocketTest
{
    private static Email ListEmail()
    {
        var email = NewMail();
        var list = email.MailingList;
        list.Id = "Nachrichten für alle <news.example.com>";
        list.Unsubscribe = [new("https://example.com/u?id=a,b"), new("mailto:leave@example.com?subject=leave")];
        list.UnsubscribesOnPost = true;
        list.Help = [new("https://example.com/help(list)")];
        list.Subscribe = [new("mailto:join@example.com")];
        list.Post = [new("mailto:news@example.com")];
        list.Owner = [new("mailto:owner@example.com")];
        list.Archive = [new("https://example.com/archive/")];
        return email;
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_fields_are_sent_and_read_back(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions());

        AssertAccepted(await SendAsync(transporter, async, ListEmail()));

        var fields = server.Messages[0].Message.Headers;
        Assert.Equal("<https://example.com/u?id=a,b>, <mailto:leave@example.com?subject=leave>", fields["List-Unsubscribe"]);
        Assert.Equal("List-Unsubscribe=One-Click", fields["List-Unsubscribe-Post"]);
        var received = Email.FromMime(server.Messages[0].Raw.ToArray()).MailingList;
        Assert.Equal("Nachrichten für alle <news.example.com>", received.Id);
        Assert.Equal(ListEmail().MailingList.Unsubscribe, received.Unsubscribe);
        Assert.True(received.UnsubscribesOnPost);
        Assert.Equal("https://example.com/help(list)", Assert.Single(received.Help).AbsoluteUri);
        Assert.Equal("mailto:join@example.com", Assert.Single(received.Subscribe).AbsoluteUri);
        Assert.Equal("mailto:news@example.com", Assert.Single(received.Post).AbsoluteUri);
        Assert.Equal("mailto:owner@example.com", Assert.Single(received.Owner).AbsoluteUri);
        Assert.Equal("https://example.com/archive/", Assert.Single(received.Archive).AbsoluteUri);
        Assert.True(received.IsPostingAllowed);
    }

    [Fact]
    public void Fields_of_other_programs_are_read()
    {
        var list = Email.FromMime(
            "From: a@example.com\r\nLIST-ID: <a.b.example>\r\nList-Post: NO (posting not allowed on this list)\r\n"
            + "List-Help: <mailto:help@example.com> (by email),\r\n <https://example.com/a\r\n b> (on the (old) web)\r\n"
            + "list-unsubscribe-post: list-unsubscribe=one-click\r\n\r\n").MailingList;

        Assert.Equal("<a.b.example>", list.Id);
        Assert.False(list.IsPostingAllowed);
        Assert.Empty(list.Post);
        Assert.Equal(["mailto:help@example.com", "https://example.com/ab"], list.Help.Select(u => u.AbsoluteUri));
        Assert.True(list.UnsubscribesOnPost);
        Assert.Empty(list.Unsubscribe);
    }

    [Fact]
    public void A_field_that_is_set_replaces_the_earlier_one_and_nothing_removes_it()
    {
        var email = ListEmail();
        email.Headers.Add("LIST-HELP", "<https://old.example>");

        email.MailingList.Help = [new("https://new.example/")];
        email.MailingList.Id = "other.example.com";
        email.MailingList.IsPostingAllowed = false;
        email.MailingList.Archive = [];
        email.MailingList.UnsubscribesOnPost = false;

        Assert.Equal("<https://new.example/>", Value("List-Help"));
        Assert.Equal("<other.example.com>", Value("List-Id"));
        Assert.Equal("NO", Value("List-Post"));
        Assert.Empty(email.MailingList.Post);
        Assert.DoesNotContain(email.Headers, h => h.Name is "List-Archive" or "List-Unsubscribe-Post");
        email.MailingList.IsPostingAllowed = true;
        email.MailingList.Id = null;
        Assert.DoesNotContain(email.Headers, h => h.Name is "List-Post" or "List-Id");

        string? Value(string name) => Assert.Single(email.Headers, h => h.Name!.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
    }

    [Fact]
    public void The_fields_agree_with_those_of_AddListUnsubscribe()
    {
        var email = NewMail();
        email.AddListUnsubscribe(new("https://example.com/u"), "leave@example.com");

        Assert.Equal(
            ["https://example.com/u", "mailto:leave@example.com"], email.MailingList.Unsubscribe.Select(u => u.AbsoluteUri));
        Assert.True(email.MailingList.UnsubscribesOnPost);
    }

    [Theory]
    [InlineData("news")]
    [InlineData("")]
    [InlineData("News <news>")]
    [InlineData("News <a b.example>")]
    [InlineData("a.example>")]
    public void An_id_that_is_not_valid_is_refused(string id) =>
        Assert.Throws<ArgumentException>(() => NewMail().MailingList.Id = id);

    [Fact]
    public void A_relative_URI_is_refused() =>
        Assert.Throws<ArgumentException>(() => NewMail().MailingList.Help = [new("/help", UriKind.Relative)]);

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_read_receipt_is_requested_and_read_back(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions());
        var email = NewMail();
        email.ReadReceiptTo = "Jörg <me@example.com>";

        AssertAccepted(await SendAsync(transporter, async, email));

        var received = Email.FromMime(server.Messages[0].Raw.ToArray());
        Assert.Equal(new EmailAddress("me@example.com", "Jörg"), received.ReadReceiptTo);
        Assert.Equal("=?utf-8?Q?J=C3=B6rg?= <me@example.com>", RawValue(server.Messages[0], "Disposition-Notification-To"));
        received.ReadReceiptTo = "you@example.com";
        Assert.Equal("you@example.com", received.ReadReceiptTo!.Email);
        Assert.Contains("Disposition-Notification-To: you@example.com\r\n", received.ToMime(), StringComparison.Ordinal);
        received.ReadReceiptTo = null;
        Assert.DoesNotContain("Disposition-Notification-To", received.ToMime(), StringComparison.Ordinal);
        Assert.Null(NewMail().ReadReceiptTo);
        Assert.Equal(email.ReadReceiptTo, Email.FromJson(email.ToJson()).ReadReceiptTo);
    }

    private static string RawValue(ReceivedMessage message, string field) =>
        System.Text.Encoding.ASCII.GetString(message.Message.Headers.Single(h => h.Field == field).RawValue).Trim();
}
