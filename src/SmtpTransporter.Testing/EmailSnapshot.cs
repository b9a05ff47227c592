using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using MimeKit;

namespace SmtpTransport.Testing;

/// <summary>Writes an email as text that is the same in every run, to be compared with an approved file.</summary>
/// <remarks>
/// <para>Works with Verify, ApprovalTests or a plain file. The boundaries of the parts and the images of <see cref="Email.EmbedImages"/>
/// are numbered, and the line ends are LF. The date and the Message-ID are fixed, unless the email sets them.</para>
/// <para>Safe for concurrent callers.</para>
/// </remarks>
public static partial class EmailSnapshot
{
    /// <summary>The date in the snapshot of an email that sets none: 2001-01-01 00:00:00 UTC.</summary>
    public static readonly DateTimeOffset Date = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Creates the snapshot of an email.</summary>
    /// <remarks>Date and Message-ID are fixed only if the email does not set them.</remarks>
    /// <param name="email">The email; it is not changed.</param>
    /// <param name="headerCharset">How its headers are written; null (default) for <see cref="MailMode.Utf8"/>.</param>
    /// <param name="bodyCharset">How its bodies are written; null (default) for <see cref="MailMode.Utf8"/>.</param>
    /// <returns>The message as text, with LF as line ends.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The email is not valid, or a file of it cannot be read.</exception>
    public static string Create(Email email, MailMode? headerCharset = null, MailMode? bodyCharset = null)
    {
        ArgumentNullException.ThrowIfNull(email);
        var hasDate = email.SendAt is not null || HasHeader(email, "Date");
        var hasId = email.MessageId is not null || HasHeader(email, "Message-ID");
        return Create(email.ToMimeMessage(headerCharset ?? MailMode.Utf8, bodyCharset ?? MailMode.Utf8), !hasDate, !hasId);
    }

    /// <summary>Creates the snapshot of a message that the <see cref="SmtpTestServer"/> has received.</summary>
    /// <remarks>Date, Message-ID and boundaries are all fixed.</remarks>
    /// <param name="message">The message; it is not changed.</param>
    /// <returns>The message as text, with LF as line ends.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="message"/> is null.</exception>
    /// <exception cref="FormatException">The bytes are not a valid message.</exception>
    public static string Create(ReceivedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var stream = new MemoryStream(message.Raw.ToArray());
        return Create(MimeMessage.Load(stream), fixDate: true, fixId: true);
    }

    /// <summary>Compares the snapshot of an email with a file that someone has approved.</summary>
    /// <remarks>
    /// If they differ, or if there is no such file, the snapshot is written beside it, as <c>welcome.received.txt</c> for
    /// <c>welcome.txt</c>: to approve it, let it replace the file. An email without sender and recipients, as a template gives it, gets
    /// <c>from@example.com</c> and <c>to@example.com</c> in the snapshot.
    /// </remarks>
    /// <param name="email">The email; it is not changed.</param>
    /// <param name="approvedFile">
    /// The path of the file, absolute, or relative to the folder of the source file that calls this method. Its folder is created.
    /// </param>
    /// <param name="sourceFile">
    /// The compiler sets it. If its folder does not exist on this machine, as with a build whose paths are mapped
    /// (<c>ContinuousIntegrationBuild</c>), a relative path is one below the folder of the program.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="email"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="approvedFile"/> is null or empty.</exception>
    /// <exception cref="EmailSnapshotException">They differ; the message shows the first line that does.</exception>
    /// <exception cref="InvalidOperationException">The email is not valid, or a file of it cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void Verify(Email email, string approvedFile, [CallerFilePath] string sourceFile = "")
    {
        ArgumentNullException.ThrowIfNull(email);
        ArgumentException.ThrowIfNullOrEmpty(approvedFile);
        approvedFile = Path.GetFullPath(approvedFile, FolderOf(sourceFile));
        var received = Create(Complete(email));
        var approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : null;
        if (approved == received)
            return;
        var receivedFile = Path.ChangeExtension(approvedFile, ".received" + Path.GetExtension(approvedFile));
        Directory.CreateDirectory(Path.GetDirectoryName(receivedFile)!);
        File.WriteAllText(receivedFile, received);
        throw new EmailSnapshotException(approvedFile, receivedFile, approved, received);
    }

    private static string FolderOf(string sourceFile) =>
        Path.GetDirectoryName(sourceFile) is { Length: > 0 } folder && Directory.Exists(folder) ? folder : AppContext.BaseDirectory;

    /// <summary>The email itself, or a copy of one that lacks what only a sender knows.</summary>
    private static Email Complete(Email email)
    {
        if (email.From.Count > 0 && email.To.Count + email.Cc.Count + email.Bcc.Count > 0)
            return email;
        return email.Merge([0], (copy, _) =>
        {
            if (copy.From.Count == 0)
                copy.From = "from@example.com";
            if (copy.To.Count + copy.Cc.Count + copy.Bcc.Count == 0)
                copy.To = "to@example.com";
        }).First();
    }

    /// <summary>Gives the images whose identifiers are random those that depend on their order alone.</summary>
    private static void NumberImages(MimeMessage message)
    {
        var images = message.BodyParts.OfType<MimePart>().Where(p => p.ContentId is { } id && RandomId().IsMatch(id)).ToList();
        var numbers = images.Select(p => p.ContentId!).Distinct().Select((id, i) => (id, i))
            .ToDictionary(x => x.id, x => string.Create(CultureInfo.InvariantCulture, $"image{x.i + 1}@images"));
        foreach (var text in numbers.Count == 0 ? [] : message.BodyParts.OfType<TextPart>().Where(p => p.IsHtml))
        {
            var html = RandomId().Replace(text.Text, match => numbers.GetValueOrDefault(match.Value, match.Value));
            text.SetText(text.ContentType.CharsetEncoding ?? Encoding.UTF8, html);
        }
        images.ForEach(image => image.ContentId = numbers[image.ContentId!]);
    }

    [GeneratedRegex("[0-9a-f]{32}@images", RegexOptions.CultureInvariant)]
    private static partial Regex RandomId();

    private static bool HasHeader(Email email, string name) =>
        email.Headers.Any(h => name.Equals(h.Name, StringComparison.OrdinalIgnoreCase));

    private static string Create(MimeMessage message, bool fixDate, bool fixId)
    {
        if (fixDate)
            message.Headers[HeaderId.Date] = Date.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);
        if (fixId)
            message.Headers[HeaderId.MessageId] = $"<1@{message.MessageId?.Split('@').Last() ?? "localhost"}>";
        var number = 0;
        NumberBoundaries(message.Body);
        NumberImages(message);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Unix;
        using var stream = new MemoryStream();
        message.WriteTo(format, stream);
        return Encoding.UTF8.GetString(stream.ToArray());

        void NumberBoundaries(MimeEntity? part)
        {
            if (part is not Multipart multipart)
                return;
            multipart.Boundary = string.Create(CultureInfo.InvariantCulture, $"=-{++number}");
            foreach (var child in multipart)
                NumberBoundaries(child);
        }
    }
}
