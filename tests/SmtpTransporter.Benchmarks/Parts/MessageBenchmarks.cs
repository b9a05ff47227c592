using BenchmarkDotNet.Attributes;
using MimeKit;

namespace SmtpTransport.Benchmarks;

/// <summary>The cost of an email before the network is used.</summary>
[MemoryDiagnoser]
public class MessageBenchmarks
{
    private readonly string _addresses = "Ann Example <ann@example.org>, \"Miller, Bob\" <bob@example.org>; carol@example.org";
    private readonly MailContent _small = MailContent.Of(MailSize.Small);
    private readonly MailContent _letter = MailContent.Of(MailSize.Letter);
    private readonly MailContent _attachment = MailContent.Of(MailSize.Attachment);

    [Benchmark(Description = "parse three addresses")]
    public EmailAddresses Parse() => EmailAddresses.Parse(_addresses);

    [Benchmark(Description = "build 1 KB")]
    public MimeMessage BuildSmall() => OurSession.NewMail(_small).ToMimeMessage();

    [Benchmark(Description = "build 1 KB, MimeKit alone")]
    public MimeMessage BuildSmallByMimeKit() => _small.ToMimeMessage();

    [Benchmark(Description = "build and encode 20 KB")]
    public void EncodeLetter() => OurSession.NewMail(_letter).ToMime(Stream.Null);

    [Benchmark(Description = "build and encode 20 KB, MimeKit alone")]
    public void EncodeLetterByMimeKit() => _letter.ToMimeMessage().WriteTo(Stream.Null);

    [Benchmark(Description = "build and encode an attachment of 1 MB")]
    public void EncodeAttachment() => OurSession.NewMail(_attachment).ToMime(Stream.Null);

    [Benchmark(Description = "build and encode an attachment of 1 MB, MimeKit alone")]
    public void EncodeAttachmentByMimeKit() => _attachment.ToMimeMessage().WriteTo(Stream.Null);
}
