using SmtpTransport.Feedback;
using Xunit;

namespace SmtpTransport.FeedbackTests;

public sealed class MailboxOptionsTests
{
    private static readonly FeedbackMailboxOptions Valid = new()
    {
        Server = new ServerOptions { Host = "imap.example.com", User = "bounces", Password = "secret" },
    };

    [Fact]
    public void A_url_has_the_server_the_folder_and_the_options()
    {
        var options = FeedbackMailboxOptions.Parse(
            "imaps://me%40shop.example:pa%40ss@imap.example.com:1993/Reports%2F2026?moveTo=Done&pollInterval=30&sendTimeout=20");

        Assert.Equal(
            ("imap.example.com", 1993, true, "me@shop.example", "pa@ss"),
            (options.Server.Host, options.Server.Port, options.Server.ImplicitTls, options.Server.User, options.Server.Password));
        Assert.Equal(("Reports/2026", "Done", TimeSpan.FromSeconds(30)), (options.Folder, options.MoveTo, options.PollInterval));
        Assert.Equal(TimeSpan.FromSeconds(20), options.Server.SendTimeout);
    }

    [Theory]
    [InlineData("imaps://bounces@imap.example.com", 993, true)]
    [InlineData("imap://bounces@imap.example.com/", 143, null)]
    [InlineData("IMAP://bounces@[::1]:1143/INBOX", 1143, null)]
    public void A_url_needs_neither_port_nor_password_nor_folder(string url, int port, bool? implicitTls)
    {
        var options = FeedbackMailboxOptions.Parse(url);

        Assert.Equal((port, implicitTls), (options.Server.Port, options.Server.ImplicitTls));
        Assert.Equal(("bounces", null, "INBOX"), (options.Server.User, options.Server.Password, options.Folder));
    }

    [Theory]
    [InlineData("smtps://me:secret@imap.example.com", "it does not begin with imaps:// or imap://")]
    [InlineData("imaps://me:se/cret@imap.example.com", "write %2F")]
    [InlineData("imaps://me:secret@imap.example.com:99999", "its port must be a number from 1 to 65535")]
    [InlineData("imaps://me:secret@imap.example.com?moveto=a&MoveTo=b", "is given twice")]
    [InlineData("imaps://me:secret@imap.example.com?pollInterval=often", "pollInterval must be a number of seconds")]
    [InlineData("imaps://me:secret@imap.example.com?fodler=x", "unknown key \"fodler\"")]
    public void What_is_wrong_with_a_url_is_said_without_the_password(string url, string words)
    {
        var exception = Assert.Throws<ArgumentException>(() => FeedbackMailboxOptions.Parse(url));

        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret@", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<FeedbackMailboxOptions, string> Wrong => new()
    {
        { Valid with { Server = new ServerOptions { Host = "imap.example.com" } }, "User" },
        { Valid with { Server = Valid.Server with { Host = "" } }, "Host" },
        { Valid with { Server = Valid.Server with { Proxy = "socks5://proxy.example:1080" } }, "Proxy" },
        { Valid with { Server = Valid.Server with { PickupFolder = "mail" } }, "PickupFolder" },
        { Valid with { Folder = "" }, "Folder" },
        { Valid with { MoveTo = "INBOX" }, "MoveTo" },
        { Valid with { MoveTo = "inbox" }, "MoveTo" },
        { Valid with { ReadFlag = "two words" }, "ReadFlag" },
        { Valid with { ReadFlag = @"\Deleted" }, "ReadFlag" },
        { Valid with { PollInterval = TimeSpan.Zero }, "PollInterval" },
        { Valid with { IdleRenewal = TimeSpan.FromMinutes(29) }, "IdleRenewal" },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Wrong))]
    public void A_wrong_option_is_named(FeedbackMailboxOptions options, string name)
    {
        var exception = Assert.Throws<ArgumentException>(() => new FeedbackMailbox(options));

        Assert.StartsWith(name, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }
}
