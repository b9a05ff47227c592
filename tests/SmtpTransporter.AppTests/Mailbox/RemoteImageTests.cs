using Xunit;

namespace SmtpTransport.AppTests.Mailbox;

/// <summary>The images of a message that are on the web.</summary>
public class RemoteImageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("<img src='https://x.example/a.png'>", 1)]
    [InlineData("<img src=' HTTP://x.example/a.png'>", 1)]
    [InlineData("<img src='//x.example/a.png'>", 1)]
    [InlineData("<img src='https://x.example/a.png'><img src='https://x.example/a.png'>", 1)]
    [InlineData("<img src='cid:a'><img src='a.png'><img src='data:image/png;base64,AA=='>", 0)]
    [InlineData("<img srcset='https://x.example/a.png, https://x.example/b.png 2x'>", 1)]
    [InlineData("<img src='https://x.example/a.png' srcset='https://x.example/b.png 2x'>", 1)]
    [InlineData("<img src='cid:a' srcset='data:image/png;base64,AA== 1x,https://x.example/b.png 2x'>", 1)]
    [InlineData("<picture><source srcset='https://x.example/b.png'><img src='cid:a'></picture>", 1)]
    [InlineData("<body background='https://x.example/a.png'>", 1)]
    [InlineData("<table><tr><td background='https://x.example/a.png'>x</td></tr></table>", 1)]
    [InlineData("<p style=\"background: #fff url('https://x.example/a.png') no-repeat\">", 1)]
    [InlineData("<p style='background-image: URL( https://x.example/a.png ), url(//x.example/b.png)'>", 2)]
    [InlineData("<style>p { background: url(https://x.example/a.png) } @media print { b { list-style: url(//x.example/b) } }</style>", 2)]
    [InlineData("<style>/* url(https://x.example/a.png) */ p { background: url(cid:a) }</style>", 0)]
    [InlineData("<style>@import url(https://x.example/a.css); @font-face { font-family: f; src: url(https://x.example/f) }</style>", 0)]
    [InlineData("<svg><image href='https://x.example/a.png'/><image xlink:href='https://x.example/b.png'/></svg>", 2)]
    [InlineData("<input type=image src='https://x.example/a.png'>", 1)]
    [InlineData("<video poster='https://x.example/a.png'><img src='https://x.example/a.png'></video>", 0)]
    public async Task All_remote_images_are_counted(string html, int count)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { HtmlBody = html });

        Assert.Equal(count, (await host.GetAsync("messages/1")).GetProperty("remoteImages").GetInt32());
    }

    [Theory]
    [InlineData("<img srcset='//x.example/a, https://x.example/b 2x'>", "srcset=\"//x.example/a, https://x.example/b 2x\"")]
    [InlineData("<img srcset='https://x.example/a,b 9w,javascript:alert(1) 2x'>", "srcset=\"https://x.example/a,b 9w\"")]
    [InlineData("<table background='https://x.example/a.png'><tr><td>x</td></tr></table>", "background=\"https://x.example/a.png\"")]
    public async Task They_stay_only_where_the_page_has_asked_for_them(string html, string kept)
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email { HtmlBody = html });

        Assert.DoesNotContain("x.example", await host.Client.GetStringAsync("messages/1/html", Cancellation), StringComparison.Ordinal);
        Assert.Contains(kept, await host.Client.GetStringAsync("messages/1/html?remote", Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attached_image_is_shown_in_a_set_of_sources()
    {
        await using var host = await MailboxHost.StartAsync();
        host.Receive(new Email
        {
            HtmlBody = "<img srcset='cid:a, https://x.example/b.png 2x'>",
            Attachments = { MailAttachment.FromBytes([1, 2], "a.png", "a") },
        });

        var html = await host.Client.GetStringAsync("messages/1/html", Cancellation);

        Assert.Contains("srcset=\"data:image/png;base64,AQI=\"", html, StringComparison.Ordinal);
    }
}
