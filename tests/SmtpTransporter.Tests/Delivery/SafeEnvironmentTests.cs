using MimeKit;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests the options for test and staging systems: who gets email, and where it goes instead.</summary>
public sealed class SafeEnvironmentTests : SocketTest, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pickup").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task RedirectAllTo_changes_only_the_envelope(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { RedirectAllTo = "dev@example.com" });

        var result = await SendAsync(transporter, async, NewMail("ann@example.org, bob@example.net"));

        AssertAccepted(result);
        Assert.Equal(["dev@example.com"], server.Messages[0].Recipients);
        Assert.Equal("me@example.com", server.Messages[0].Sender);
        Assert.Equal("ann@example.org, bob@example.net", server.Messages[0].Message.To.ToString());
        Assert.Equal(["dev@example.com"], result.Recipients.Select(r => r.Address));
    }

    [Fact]
    public async Task A_redirected_email_that_is_deferred_can_be_sent_again()
    {
        await using var server = SmtpTestServer.Start();
        server.Script.On(SmtpStep.RcptTo).Times(1).Reply(450, "4.2.1 Later");
        using var transporter = new SmtpTransporter(server.ToServerOptions() with { RedirectAllTo = "dev@example.com" });

        var result = await transporter.SendAsync(NewMail(), Cancellation);
        var again = await transporter.SendAsync(result.RetryEmail()!, Cancellation);

        Assert.Equal(Outcome.Deferred, result.Outcome);
        AssertAccepted(again);
        Assert.Equal("ann@example.org", server.Messages[0].Message.To.ToString());
        Assert.Equal(result.MessageId, again.MessageId);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task AllowedRecipients_discards_other_recipients_and_reports_them(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AllowedRecipients = ["Ann@Example.org", "*@bücher.example", "example.net"] });

        var result = await SendAsync(
            transporter, async, NewMail("ann@example.org, x@BÜCHER.example, bob@example.net, eve@example.org, y@sub.example.net"));

        Assert.Equal(Outcome.Accepted, result.Outcome);
        Assert.Equal(["ann@example.org", "x@xn--bcher-kva.example", "bob@example.net"], server.Messages[0].Recipients);
        Assert.Equal(
            ["eve@example.org", "y@sub.example.net"],
            result.Recipients.Where(r => r.State == RecipientState.NotTried).Select(r => r.Address));
        Assert.Equal(SmtpErrorCodes.RecipientsDropped, Assert.Single(result.Warnings).ErrCode);
        Assert.Null(result.RetryEmail());
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_email_without_an_allowed_recipient_is_not_sent(bool async)
    {
        await using var server = SmtpTestServer.Start();
        using var transporter = new SmtpTransporter(
            server.ToServerOptions() with { AllowedRecipients = ["example.com"], RedirectAllTo = "dev@example.com" });

        var result = await SendAsync(transporter, async);

        Assert.Equal(Outcome.NotSent, result.Outcome);
        Assert.False(result.IsTransient);
        Assert.Equal(SmtpErrorCodes.NoAllowedRecipient, Assert.Single(result.Errors).ErrCode);
        Assert.Equal(RecipientState.NotTried, Assert.Single(result.Recipients).State);
        Assert.Empty(server.Sessions);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task PickupFolder_receives_the_message_and_envelope_instead_of_a_server(bool async)
    {
        var folder = Path.Combine(_folder, "new");
        using var transporter = new SmtpTransporter(new ServerOptions { PickupFolder = folder });
        var email = NewMail();
        email.Bcc = "hidden@example.org";
        email.Subject = "請求書";
        email.TlsRequirement = TlsRequirement.Required;

        var result = await SendAsync(transporter, async, email);
        var check = await CheckAsync(transporter, async);

        AssertAccepted(result);
        Assert.True(check.Success, check.ToString());
        var file = Assert.Single(Directory.GetFiles(folder));
        Assert.Equal($"Written to {file}", result.StatusText);
        // No server has promised it.
        Assert.False(result.WasTlsRequired);
        var message = await MimeMessage.LoadAsync(file, Cancellation);
        Assert.Equal("<me@example.com>", message.Headers["X-Sender"]);
        Assert.Equal(
            ["<ann@example.org>", "<hidden@example.org>"], message.Headers.Where(h => h.Field == "X-Receiver").Select(h => h.Value));
        Assert.Equal("請求書", message.Subject);
        Assert.Empty(message.Bcc);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task An_unwritable_pickup_folder_is_reported_in_the_result(bool async)
    {
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "", Cancellation);
        using var transporter = new SmtpTransporter(new ServerOptions { PickupFolder = file });

        var result = await SendAsync(transporter, async);
        var check = await CheckAsync(transporter, async);

        AssertNotSent(result, SmtpErrorCodes.PickupFolderFailed, "conf");
        Assert.False(check.Success);
        Assert.Equal(SmtpErrorCodes.PickupFolderFailed, check.Errors[^1].ErrCode);
    }

    [Theory]
    [InlineData("no address", null, null, "RedirectAllTo")]
    [InlineData("", null, null, "RedirectAllTo")]
    [InlineData(null, "a b@example.com", null, "AllowedRecipients")]
    [InlineData(null, "", null, "AllowedRecipients")]
    [InlineData(null, null, " ", "PickupFolder")]
    public void Errors_of_invalid_options_name_the_property(string? redirect, string? allowed, string? folder, string property)
    {
        var options = new ServerOptions
        {
            Host = "localhost",
            RedirectAllTo = redirect,
            AllowedRecipients = allowed is null
            ? [] : [allowed],
            PickupFolder = folder
        };

        var exception = Assert.Throws<ArgumentException>(() => new SmtpTransporter(options));

        Assert.Equal(property, exception.ParamName);
    }
}
