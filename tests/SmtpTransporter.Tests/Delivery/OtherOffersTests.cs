using System.Security.Cryptography;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto;
using SmtpTransport.Testing;
using Xunit;

namespace SmtpTransport.Tests;

/// <summary>Tests an email that goes on over a connection to a server that offers other extensions than the one before.</summary>
public sealed class OtherOffersTests : SocketTest
{
    private static readonly string[] All = ["PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "CHUNKING"];

    /// <summary>
    /// Starts a server whose first session offers the first extensions, and answers the second MAIL with 421; its later sessions offer the
    /// others.
    /// </summary>
    private static SmtpTestServer Start(string[] first, string[] second)
    {
        var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.Ehlo).Times(1).ReplyLines(250, ["localhost", .. first]);
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, ["localhost", .. second]);
        server.Script.On(SmtpStep.MailFrom).After(1).Times(1).ReplyAndClose(421, "4.3.2 Closing");
        return server;
    }

    private static Email EightBit(string to = "ann@example.org")
    {
        var email = NewMail(to);
        email.TextBody = "Gr\u00fc\u00dfe\r\n";
        return email;
    }

    public static TheoryData<string, bool> Missing
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in (string[])["PIPELINING", "SIZE", "8BITMIME", "CHUNKING", "8BITMIME CHUNKING", "8BITMIME SIZE", "all"])
            {
                data.Add(name, false);
                data.Add(name, true);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task A_message_is_prepared_for_what_the_new_connection_offers(string missing, bool async)
    {
        var rest = missing == "all" ? [] : All.Where(e => !missing.Split(' ').Contains(e.Split(' ')[0])).ToArray();
        foreach (var (first, second) in new[] { (All, rest), (rest, All) })
        {
            await using var server = Start(first, second);
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with { BodyCharset = MailMode.Iso88591 });
            AssertAccepted(await SendAsync(transporter, async, EightBit()));

            AssertAccepted(await SendAsync(transporter, async, EightBit()));

            Assert.Equal(2, server.Sessions.Count);
            Assert.Equal(2, server.Messages.Count);
            // What was prepared without 8-bit octets can go to a server that takes them, too.
            var isEightBit = first.Contains("8BITMIME");
            foreach (var (message, offers) in server.Messages.Zip([first, second]))
            {
                bool Offers(string name) => offers.Any(o => o.StartsWith(name, StringComparison.Ordinal));
                isEightBit &= Offers("8BITMIME");
                Assert.Equal(isEightBit, message.SenderParameters.ContainsKey("BODY"));
                Assert.Equal(isEightBit, message.Raw.Span.IndexOfAnyInRange((byte)128, (byte)255) >= 0);
                Assert.Equal(Offers("SIZE"), message.SenderParameters.ContainsKey("SIZE"));
                Assert.Equal(Offers("CHUNKING"), Verbs(message.Session).Contains("BDAT"));
                Assert.Equal("Gr\u00fc\u00dfe", message.Message.TextBody?.TrimEnd());
                if (Offers("SIZE"))
                    Assert.Equal($"{message.Raw.Length}", message.SenderParameters["SIZE"]);
            }
        }
    }

    [Theory]
    [InlineData("SMTPUTF8", SmtpErrorCodes.SmtpUtf8Required, false)]
    [InlineData("SMTPUTF8", SmtpErrorCodes.SmtpUtf8Required, true)]
    [InlineData("SIZE", SmtpErrorCodes.MessageTooLarge, true)]
    public async Task What_the_new_connection_does_not_offer_is_the_error(string missing, int code, bool async)
    {
        var second = All.Select(e => missing == "SIZE" && e.StartsWith("SIZE", StringComparison.Ordinal) ? "SIZE 100" : e)
            .Where(e => e != missing).ToArray();
        await using var server = Start(All, second);
        await using var transporter = new SmtpTransporter(server.ToServerOptions());
        AssertAccepted(await SendAsync(transporter, async, EightBit("j\u00f6rg@example.org")));

        AssertNotSent(await SendAsync(transporter, async, EightBit("j\u00f6rg@example.org")), code, "mail");

        Assert.Single(server.Messages);
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task A_signature_is_valid_whatever_the_new_connection_offers(bool async)
    {
        using var rsa = RSA.Create(1024);
        foreach (var (first, second) in new[] { (All, Array.Empty<string>()), ([], All) })
        {
            await using var server = Start(first, second);
            await using var transporter = new SmtpTransporter(server.ToServerOptions() with
            {
                BodyCharset = MailMode.Iso88591,
                Dkim = new() { Domain = "example.com", Selector = "mail", PrivateKey = rsa.ExportRSAPrivateKeyPem() },
            });
            AssertAccepted(await SendAsync(transporter, async, EightBit()));

            AssertAccepted(await SendAsync(transporter, async, EightBit()));

            var verifier = new DkimVerifier(new Locator(rsa));
            Assert.Equal(2, server.Messages.Count);
            foreach (var message in server.Messages)
                Assert.True(await verifier.VerifyAsync(message.Message, message.Message.Headers[0], Cancellation));
        }
    }

    [Theory]
    [MemberData(nameof(SyncAndAsync))]
    public async Task The_recipients_who_are_left_over_keep_what_others_have(bool async)
    {
        // The second transaction goes on over a connection that does not take the message any more.
        await using var server = SmtpTestServer.Start(new() { Tls = SmtpTestTlsMode.None });
        server.Script.On(SmtpStep.Ehlo).Times(1).ReplyLines(250, ["localhost", .. All]);
        server.Script.On(SmtpStep.Ehlo).ReplyLines(250, "localhost", "SIZE 100");
        server.Script.On(SmtpStep.RcptTo).After(1).Times(1).Reply(452, "4.5.3 Too many recipients");
        server.Script.On(SmtpStep.MailFrom).After(1).Times(1).ReplyAndClose(421, "4.3.2 Closing");
        await using var transporter = new SmtpTransporter(server.ToServerOptions());

        var result = await SendAsync(transporter, async, EightBit("ann@example.org, bob@example.org"));

        Assert.Equal(Outcome.PartiallyAccepted, result.Outcome);
        Assert.Equal([RecipientState.Accepted, RecipientState.Deferred], result.Recipients.Select(r => r.State));
        Assert.Equal(["ann@example.org"], Assert.Single(server.Messages).Recipients);
    }

    private sealed class Locator(RSA key) : DkimPublicKeyLocatorBase
    {
        public override AsymmetricKeyParameter LocatePublicKey(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Org.BouncyCastle.Security.DotNetUtilities.GetRsaPublicKey(key);

        public override Task<AsymmetricKeyParameter> LocatePublicKeyAsync(
            string methods, string domain, string selector, CancellationToken cancellationToken = default) =>
            Task.FromResult(LocatePublicKey(methods, domain, selector, cancellationToken));
    }
}
