using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class EmbedImagesTests : IDisposable
{
    private const string Png = "iVBORw0KGgo=";
    private const string DataUri = "data:image/png;base64," + Png;

    private readonly string _folder = Directory.CreateTempSubdirectory("smtp-images-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static MimeMessage Parsed(Email email) => MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(email.ToMime())));

    [Fact]
    public void Images_in_the_HTML_become_attachments()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllBytes(Path.Combine(_folder, "sub", "a b.png"), Convert.FromBase64String(Png));
        const string html = "<!--[if mso]><x:y/><![endif]--><p>Text &amp; more</p><img alt='A' src='sub/a%20b.png'/>"
            + "<IMG SRC=\"data:image/png;base64," + Png + "\"><img src='sub/a%20b.png'><img src='https://x.example/c.png'>"
            + "<img src='cid:there'><script>var x = \"<img src='sub/none.png'>\";</script>";
        var email = new Email { From = "me@example.com", HtmlBody = html };

        Assert.Equal(2, email.EmbedImages(_folder));

        Assert.Equal(["a b.png", "image2.png"], email.Attachments.Select(a => a.Name));
        Assert.All(email.Attachments, a => Assert.Equal(Convert.FromBase64String(Png), a.GetContent()));
        Assert.StartsWith("<!--[if mso]><x:y/><![endif]--><p>Text &amp; more</p>", email.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(2, email.HtmlBody!.Split($"cid:{email.Attachments[0].Cid}").Length - 1);
        Assert.Contains("https://x.example/c.png", email.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("sub/none.png", email.HtmlBody, StringComparison.Ordinal);
        Assert.IsType<MultipartRelated>(Parsed(email).Body);
        Assert.Equal(0, email.EmbedImages(_folder));
    }

    [Theory]
    [InlineData("../secret.png")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../secret.png")]
    [InlineData("%2e%2e/secret.png")]
    public void An_image_outside_the_folder_is_refused_and_the_email_unchanged(string address)
    {
        var email = new Email { HtmlBody = $"<img src=\"{address}\">" };

        Assert.Throws<FormatException>(() => email.EmbedImages(Path.GetTempPath()));

        Assert.Empty(email.Attachments);
        Assert.Contains(address, email.HtmlBody, StringComparison.Ordinal);
        // Without a folder no file is opened.
        Assert.Equal(0, email.EmbedImages());
    }

    [Fact]
    public void A_missing_or_malformed_image_is_an_error()
    {
        Assert.Throws<FileNotFoundException>(() => new Email { HtmlBody = "<img src='none.png'>" }.EmbedImages(Path.GetTempPath()));
        Assert.Throws<FormatException>(() => new Email { HtmlBody = "<img src='data:image/png;base64,!!!'>" }.EmbedImages());
        Assert.Throws<FormatException>(() => new Email { HtmlBody = "<img src='data:nonsense'>" }.EmbedImages());
    }

    [Theory]
    [InlineData("<body background=\"{0}\">", "<body background=\"{1}\">")]
    [InlineData("<td background={0} width=1>", "<td background=\"{1}\" width=1>")]
    [InlineData("<td style='color:red;background:url({0}) no-repeat'>", "<td style='color:red;background:url({1}) no-repeat'>")]
    [InlineData("<td style=\"background-image:url('{0}')\">", "<td style=\"background-image:url({1})\">")]
    [InlineData(
        "<td style=\"font-family:'A B';background:url(&quot;{0}&quot;)\">",
        "<td style=\"font-family:&#39;A B&#39;;background:url({1})\">")]
    [InlineData(
        "<style>/* url({0}) */ p {{ background: URL( \"{0}\" ) }}</style>",
        "<style>/* url({0}) */ p {{ background: url({1}) }}</style>")]
    [InlineData("<img srcset=\"{0} 1x, https://x.test/b.png 2x,{0}, {0}\">", "<img srcset=\"{1} 1x, https://x.test/b.png 2x,{1}, {1}\">")]
    [InlineData("<source srcset='{0}'>", "<source srcset='{1}'>")]
    [InlineData("<input type=image src={0}>", "<input type=image src=\"{1}\">")]
    [InlineData("<video poster='{0}'></video>", "<video poster='{1}'></video>")]
    [InlineData("<!--[if mso]><v:fill src=\"{0}\" /><![endif]-->", "<!--[if mso]><v:fill src=\"{1}\" /><![endif]-->")]
    public void An_image_is_embedded_wherever_HTML_shows_one(string html, string expected)
    {
        var email = new Email { HtmlBody = Format(html, DataUri) };

        Assert.Equal(1, email.EmbedImages());

        Assert.Equal(Format(expected, DataUri, $"cid:{email.Attachments[0].Cid}"), email.HtmlBody);
        Assert.Equal(Convert.FromBase64String(Png), email.Attachments[0].GetContent());
        Assert.DoesNotContain(email.Analyze(), d => d.Code is EmailDiagnosticCodes.CidMissing or EmailDiagnosticCodes.CidUnused);
    }

    [Theory]
    [InlineData("<!-- <img src='{0}'> -->")]
    [InlineData("<textarea><img src='{0}'></textarea>")]
    [InlineData("<script>\"<img src='{0}'>\"</script>")]
    [InlineData("<p title='{0}'>a < b & c</p>")]
    [InlineData("<style>@font-face {{ src: url(data:font/woff2;base64,AAAA) }} v\\:* {{ behavior: url(#default#VML) }}</style>")]
    [InlineData("<img src='{{{{ picture }}}}'><td background='none' style='background:url(a.css)'><img><img src><img src=''>")]
    [InlineData("<img src='{0}")]
    public void What_shows_no_image_remains(string html)
    {
        html = Format(html, DataUri);
        var email = new Email { HtmlBody = html };

        Assert.Equal(html.EndsWith(Png, StringComparison.Ordinal) ? 1 : 0, email.EmbedImages(_folder));

        if (email.Attachments.Count == 0)
            Assert.Equal(html, email.HtmlBody);
    }

    [Fact]
    public void The_rest_of_the_HTML_remains_as_it_was_written()
    {
        const string before = "<A HREF='x?a=1&b=2' title = \"{{ x | default: 'q' }} ü &uuml;\" disabled>x &lt; y</A >"
            + "<IMG\talt=\"write &amp;lt;b&amp;gt; \" ";
        const string after = " width=1\n/><img alt='日本 &amp;amp;'><td  width=1>&nbsp;<![if !mso]>";
        var email = new Email { HtmlBody = $"{before}SRC = '{DataUri}'{after}" };

        Assert.Equal(1, email.EmbedImages());

        Assert.Equal($"{before}SRC = 'cid:{email.Attachments[0].Cid}'{after}", email.HtmlBody);
    }

    [Fact]
    public void Files_in_styles_and_backgrounds_are_embedded_once()
    {
        File.WriteAllBytes(Path.Combine(_folder, "bg.png"), Convert.FromBase64String(Png));
        const string html = "<td background=bg.png style='background:url(bg.png)'><style>p { background: url(bg.png) }</style>";
        var email = new Email { HtmlBody = html };

        Assert.Equal(1, email.EmbedImages(_folder));

        Assert.Equal(3, email.HtmlBody.Split($"cid:{email.Attachments[0].Cid}").Length - 1);
        email.HtmlBody = "<style>p { background: url('../bg.png') }</style>";
        Assert.Throws<FormatException>(() => email.EmbedImages(_folder));
        email.HtmlBody = "<img srcset='none.png 2x'>";
        Assert.Throws<FileNotFoundException>(() => email.EmbedImages(_folder));
    }

    [Theory]
    [InlineData("data:image/png;base64,iVBORw0KGgo", "89504E470D0A1A0A")]
    [InlineData("data:image/png;base64, iVBO Rw0K\nGgo= ", "89504E470D0A1A0A")]
    [InlineData("data:image/png;base64,iVBORw0KGgo%3D", "89504E470D0A1A0A")]
    [InlineData("DATA:IMAGE/PNG;BASE64,iVBORw0KGgo=", "89504E470D0A1A0A")]
    [InlineData("data:image/svg+xml,%3Csvg%3E%C3%BC%FF", "3C7376673EC3BCFF")]
    [InlineData("data:image/svg+xml;utf8,<svg>ü+5%", "3C7376673EC3BC2B3525")]
    [InlineData("data:image/gif,", "")]
    public void A_data_URI_is_read_as_browsers_read_it(string uri, string bytes)
    {
        var email = new Email { HtmlBody = $"<img src=\"{uri}\">" };

        Assert.Equal(1, email.EmbedImages());

        Assert.Equal(bytes, Convert.ToHexString(email.Attachments[0].GetContent()));
    }

    private static string Format(string html, params object[] values) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, html, values);
}
