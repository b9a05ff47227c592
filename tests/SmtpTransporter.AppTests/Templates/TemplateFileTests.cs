using System.Globalization;
using SmtpTransport.Templates;
using Xunit;

namespace SmtpTransport.AppTests.Templates;

/// <summary>Files of templates that are missing, in another place, or cannot be read.</summary>
public sealed class TemplateFileTests : TemplateTest
{
    [Theory]
    [InlineData("test.liquid")]
    [InlineData("layout.liquid")]
    [InlineData("part.liquid")]
    public async Task A_file_that_cannot_be_read_is_named(string file)
    {
        Write("test.liquid", "{% layout 'layout' %}{% render 'part' %}");
        Write("layout.liquid", "{% renderbody %}");
        Write("part.liquid", "x");
        await using var other = new FileStream(Path.Combine(Folder, file), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => Create().RenderAsync("test", cancellationToken: Cancellation));

        Assert.Equal(file, error.Template);
        Assert.StartsWith($"{file}: the file cannot be read: ", error.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(error.InnerException);
    }

    [Theory]
    [InlineData("fr", "fr")]
    [InlineData("", "the invariant culture")]
    public async Task A_template_that_only_other_cultures_have_is_told(string culture, string name)
    {
        Write("welcome.de.liquid", "x");
        Write("welcome.es.liquid", "x");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(
            () => Create().RenderAsync("welcome", null, CultureInfo.GetCultureInfo(culture), Cancellation));

        Assert.Equal(
            $"welcome: \"{Folder}\" has welcome.de.liquid, welcome.es.liquid, but no file for {name}. "
            + "Add welcome.liquid, which serves all cultures that have no file of their own.",
            error.Message);
    }

    [Theory]
    [InlineData("Images/Logo.gif", "does not exist in \"FOLDER\"; there is \"images/logo.gif\".")]
    [InlineData("images/logo.png", "does not exist in \"FOLDER\".")]
    [InlineData(
        "/images/logo.gif",
        "is outside the folder, for it begins with \"/\". Write its path below the folder: \"images/logo.gif\".")]
    [InlineData("../logo.gif", "is outside the folder.")]
    public async Task An_image_that_cannot_be_found_is_told_with_the_path_that_may_be_meant(string address, string problem)
    {
        Write("images/logo.gif", "x");

        var error = await Assert.ThrowsAsync<EmailTemplateException>(() => RenderAsync($"<img src=\"{address}\" alt=\"\">"));

        Assert.Equal(
            $"test: The image \"{address}\" {problem.Replace("FOLDER", Folder, StringComparison.Ordinal)}", error.Message);
    }

    [Fact]
    public async Task The_blanks_behind_a_preheader_make_no_line_too_long()
    {
        var email = await RenderAsync("<title>Hi</title>{% preheader %}One click.{% endpreheader %}<p>Body</p>");

        email.From = email.To = "ann@example.org";
        Assert.Empty(email.Analyze());
        Assert.All(email.HtmlBody!.Split('\n'), line => Assert.True(line.Length < 500, line));
    }
}
