using MimeKit;

namespace SmtpTransport.ReaderLab.Samples;

/// <summary>A message that the library sends, and what a reader should see in it.</summary>
internal sealed record Sample(string Name)
{
    /// <summary>The email to send, unless it is a <see cref="Message"/>.</summary>
    public Email? Email { get; init; }

    public MimeMessage? Message { get; init; }

    public MailMode Header { get; init; } = MailMode.Utf8;

    public MailMode Body { get; init; } = MailMode.Utf8;

    public AttachmentNameEncoding Names { get; init; }

    public bool IsSigned { get; init; }

    /// <summary>What a reader should see, if it is not what the email says.</summary>
    public Func<Seen, Seen> Correction { get; init; } = seen => seen;

    public Seen Expected => Correction(Email is null ? new Seen() : Seen.In(Email));
}
