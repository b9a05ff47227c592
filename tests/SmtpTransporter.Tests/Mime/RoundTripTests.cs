using System.Text;
using MimeKit;
using Xunit;

namespace SmtpTransport.Tests;

public sealed class RoundTripTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_corpus_is_large_enough() => Assert.InRange(MailCorpus.All.Count(), 200, 1000);

    [Fact]
    public void Every_part_is_kept_through_MIME()
    {
        foreach (var (name, mime) in MailCorpus.All)
        {
            var email = Email.FromMime(mime);
            using var stream = new MemoryStream();
            email.ToMime(stream);

            AssertSame(name, mime, stream.ToArray());
            AssertSame(name, mime, Encoding.ASCII.GetBytes(email.ToMime(MailMode.Iso88591, MailMode.Iso88591)));
        }
    }

    [Fact]
    public void Every_part_is_kept_through_JSON()
    {
        foreach (var (name, mime) in MailCorpus.All)
        {
            var email = Email.FromJson(Email.FromMime(mime).ToJson());

            AssertSame(name, mime, Encoding.ASCII.GetBytes(email.ToMime()));
        }
    }

    [Fact]
    public void The_headers_are_kept()
    {
        foreach (var (name, mime) in MailCorpus.All)
        {
            var before = MimeMessage.Load(new MemoryStream(mime), Cancellation);
            var after = MimeMessage.Load(new MemoryStream(Encoding.ASCII.GetBytes(Email.FromMime(mime).ToMime())), Cancellation);

            Assert.True(before.Subject == after.Subject, name);
            Assert.Equal(Mailboxes(before.From), Mailboxes(after.From));
            Assert.Equal(Mailboxes(before.To), Mailboxes(after.To));
            Assert.Equal(before.References, after.References);
            Assert.Equal(before.InReplyTo, after.InReplyTo);
            if (before.Headers.Contains(HeaderId.MessageId))
                Assert.Equal(before.MessageId, after.MessageId);
            if (before.Headers.Contains(HeaderId.Date))
                Assert.Equal(before.Date.UtcDateTime, after.Date.UtcDateTime);
            string[] fields = ["X-Mailer", "Thread-Index", "List-Id", "Auto-Submitted", "Received", "X-PHP-Originating-Script"];
            foreach (var field in fields)
                Assert.Equal(before.Headers[field], after.Headers[field]);
        }
    }

    private static void AssertSame(string name, byte[] before, byte[] after)
    {
        var (wanted, found) = (Leaves(before), Leaves(after));
        Assert.True(wanted.SequenceEqual(found), $"{name}\n{string.Join('\n', wanted)}\n---\n{string.Join('\n', found)}");
    }

    private static IEnumerable<(string Name, string Address)> Mailboxes(InternetAddressList addresses) =>
        addresses.Mailboxes.Select(m => (m.Name ?? "", m.Address));

    /// <summary>Describes the tree and, for each leaf, the properties that must be kept.</summary>
    private static List<string> Leaves(byte[] mime)
    {
        using var message = MimeMessage.Load(new MemoryStream(mime));
        var leaves = new List<string>();
        Walk(message.Body!, "");
        return leaves;

        void Walk(MimeEntity entity, string indent)
        {
            var parameters = string.Join(' ', entity.ContentType.Parameters
                .Where(p => p.Name is not ("boundary" or "name" or "charset")).OrderBy(p => p.Name).Select(p => $"{p.Name}={p.Value}"));
            var disposition = entity.ContentDisposition;
            var line = $"{indent}{entity.ContentType.MimeType} {parameters} cid={entity.ContentId} disposition={disposition?.Disposition} "
                + $"description={entity.Headers[HeaderId.ContentDescription]} name={disposition?.FileName ?? entity.ContentType.Name}";
            switch (entity)
            {
                case Multipart multipart:
                    leaves.Add(line);
                    foreach (var part in multipart)
                        Walk(part, indent + "  ");
                    break;
                case MessagePart inner:
                    leaves.Add($"{line} {inner.Message!.Subject} {inner.Message.TextBody?.ReplaceLineEndings("\n")}");
                    break;
                case MimePart leaf:
                    using (var stream = new MemoryStream())
                    {
                        leaf.Content?.DecodeTo(stream);
                        // Text without a charset is ASCII; the line end before a boundary belongs to the boundary.
                        var charset = leaf.ContentType.MediaType == "text" ? leaf.ContentType.Charset ?? "us-ascii" : "";
                        var content = charset.Length > 0 || leaf.ContentType.MediaType == "message"
                            ? Encoding.Latin1.GetString(stream.ToArray()).Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n')
                            : Convert.ToBase64String(stream.ToArray());
                        leaves.Add($"{line} charset={charset.ToLowerInvariant()} {content}");
                    }

                    break;
            }
        }
    }
}
