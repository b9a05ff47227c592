using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

public sealed class SnapshotTests : TemplateTest
{
    private const string Html = "<title>Hi</title><img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\"><p>{{ name }}</p>";

    private string Approved => Path.Combine(Folder, "welcome.txt");

    private string Received => Path.Combine(Folder, "welcome.received.txt");

    [Fact]
    public async Task The_same_template_has_the_same_snapshot_with_its_images()
    {
        var first = await RenderAsync(Html, new { name = "Ann" });
        var second = await RenderAsync(Html, new { name = "Ann" });
        first.From = second.From = "a@example.com";
        first.To = second.To = "b@example.org";

        var snapshot = EmailSnapshot.Create(first);

        Assert.NotEqual(first.HtmlBody, second.HtmlBody);
        Assert.Equal(snapshot, EmailSnapshot.Create(second));
        Assert.Contains("src=\"cid:image1@images\"", snapshot, StringComparison.Ordinal);
        Assert.Contains("Content-Id: <image1@images>", snapshot, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_email_that_was_approved_passes_and_leaves_no_file()
    {
        var email = await RenderAsync(Html, new { name = "Ann" });
        Assert.Throws<EmailSnapshotException>(() => EmailSnapshot.Verify(email, Approved));
        File.Move(Received, Approved);

        EmailSnapshot.Verify(await RenderAsync(Html, new { name = "Ann" }), Approved);

        Assert.False(File.Exists(Received));
        Assert.Empty(email.From);
    }

    [Fact]
    public void A_relative_path_is_one_beside_the_source_and_its_folder_is_created()
    {
        var source = Path.Combine(Folder, "WelcomeTests.cs");

        var error = Assert.Throws<EmailSnapshotException>(
            () => EmailSnapshot.Verify(new Email { TextBody = "one" }, "Approved/welcome.txt", source));

        var approved = Path.Combine(Folder, "Approved", "welcome.txt");
        Assert.Contains($"There is no approved file \"{approved}\".", error.Message, StringComparison.Ordinal);
        File.Move(Path.Combine(Folder, "Approved", "welcome.received.txt"), approved);
        EmailSnapshot.Verify(new Email { TextBody = "one" }, "Approved/welcome.txt", source);
    }

    [Fact]
    public void A_relative_path_is_one_below_the_program_if_its_source_is_elsewhere()
    {
        var relative = Path.GetRelativePath(AppContext.BaseDirectory, Approved);

        var error = Assert.Throws<EmailSnapshotException>(
            () => EmailSnapshot.Verify(new Email { TextBody = "one" }, relative, "/_/nowhere/a.cs"));

        Assert.Contains($"There is no approved file \"{Approved}\".", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_email_that_differs_is_an_error_that_shows_the_line()
    {
        Assert.Throws<EmailSnapshotException>(() => EmailSnapshot.Verify(Email("one"), Approved));
        File.Move(Received, Approved);

        var error = Assert.Throws<EmailSnapshotException>(() => EmailSnapshot.Verify(Email("two"), Approved));

        Assert.Contains("approved is \"one\", the email has \"two\".", error.Message, StringComparison.Ordinal);
        Assert.Contains($"is in \"{Received}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("two", await File.ReadAllTextAsync(Received, Cancellation), StringComparison.Ordinal);

        static Email Email(string text) => new() { From = "a@example.com", To = "b@example.org", TextBody = text };
    }
}
